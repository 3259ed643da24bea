import { NativeSelect, TextInput } from "@mantine/core";
import type { IncidentDetail, IncidentRole } from "@orderwatch/shared/ops/incidents.ts";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { FormDialog, textOf } from "../../../ui/form-dialog.tsx";
import { api } from "../../api.ts";
import { useWords } from "../../words.ts";
import { peopleQuery } from "../oncall/queries.ts";
import { Refused } from "../session/refused.tsx";
import { incidentQuery } from "./queries.ts";

/** Gives a role to somebody, hands it over with a note, or leaves it to nobody. */
export function RoleDialog({
  incident,
  role,
  onClose,
}: {
  incident: IncidentDetail;
  role: IncidentRole;
  onClose: () => void;
}) {
  const t = useWords();
  const queries = useQueryClient();
  const people = useQuery(peopleQuery);
  const assign = useMutation({
    mutationFn: (body: Parameters<typeof api.assignIncidentRole>[0]["body"]) =>
      api.assignIncidentRole({ params: { id: incident.id }, body }),
    onSuccess: async (changed) => {
      queries.setQueryData(incidentQuery(incident.id).queryKey, changed);
      await queries.invalidateQueries({ queryKey: ["incidents"] });
      onClose();
    },
  });
  const holder = incident.roles[role];
  const submit = (form: FormData) => {
    const staffId = textOf(form, "person");
    const note = textOf(form, "note");
    assign.mutate({ role, staffId: staffId === "" ? null : staffId, ...(note === "" ? {} : { note }) });
  };
  return (
    <FormDialog
      title={`${t(`incident.role.${role}`)} · #${incident.number}`}
      effect={t(`incident.role.${role}.text`)}
      action={t(holder === undefined ? "incident.role.give" : "incident.role.handOver")}
      cancel={t("app.cancel")}
      isBusy={assign.isPending || people.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <NativeSelect
        key={people.data === undefined ? "" : "known"}
        name="person"
        label={t("incident.role.person")}
        defaultValue={holder?.id ?? ""}
        data={[
          { value: "", label: t("incidents.nobody") },
          ...(people.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name })),
        ]}
        data-autofocus
      />
      <TextInput
        name="note"
        label={t("incident.note")}
        description={t("incident.noteHelp")}
        maxLength={2_000}
        autoComplete="off"
      />
      <Refused error={people.error ?? assign.error} />
    </FormDialog>
  );
}
