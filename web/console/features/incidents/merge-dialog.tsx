import { NativeSelect, TextInput } from "@mantine/core";
import type { IncidentDetail } from "@orderwatch/shared/ops/incidents.ts";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { FormDialog, textOf } from "../../../ui/form-dialog.tsx";
import { api } from "../../api.ts";
import { useWords } from "../../words.ts";
import { Refused } from "../session/refused.tsx";
import { incidentQuery, openIncidentsQuery } from "./queries.ts";
import { useTexts } from "./use-texts.ts";

/** Puts a duplicate into the incident that it is one of, and leads there. */
export function MergeDialog({ incident, onClose }: { incident: IncidentDetail; onClose: () => void }) {
  const t = useWords();
  const texts = useTexts();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { data } = useQuery(openIncidentsQuery);
  const others = (data?.items ?? []).filter(({ id }) => id !== incident.id);
  const merge = useMutation({
    mutationFn: (body: { into: string; note?: string }) =>
      api.mergeIncident({ params: { id: incident.id }, body }),
    onSuccess: async (_, { into }) => {
      await queries.invalidateQueries({ queryKey: ["incidents"] });
      await queries.invalidateQueries({ queryKey: incidentQuery(incident.id).queryKey });
      onClose();
      await navigate({ to: "/incidents/$id", params: { id: into } });
    },
  });
  const submit = (form: FormData) => {
    const [into, note] = [textOf(form, "into"), textOf(form, "note")];
    if (into !== "") merge.mutate({ into, ...(note === "" ? {} : { note }) });
  };
  return (
    <FormDialog
      title={t("incident.merge.title", { number: incident.number })}
      effect={others.length === 0 ? t("incident.merge.none") : t("incident.merge.text")}
      action={t("incident.merge")}
      cancel={t("app.cancel")}
      isDangerous
      isBusy={merge.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      {others.length === 0 ? null : (
        <>
          <NativeSelect
            name="into"
            label={t("incident.merge.into")}
            data={others.map(({ id, number, title }) => ({ value: id, label: `#${number} ${texts(title)}` }))}
            data-autofocus
          />
          <TextInput
            name="note"
            label={t("incident.note")}
            description={t("incident.noteHelp")}
            maxLength={2_000}
            autoComplete="off"
          />
        </>
      )}
      <Refused error={merge.error} />
    </FormDialog>
  );
}
