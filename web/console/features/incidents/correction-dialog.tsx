import { NativeSelect, Textarea, TextInput } from "@mantine/core";
import type { AddNote, IncidentDetail, TimelineEntry } from "@orderwatch/shared/ops/incidents.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { readMoment, typedMoment } from "../../../lib/local-time.ts";
import { FormDialog, textOf } from "../../../ui/form-dialog.tsx";
import { api } from "../../api.ts";
import { useWords } from "../../words.ts";
import { Refused } from "../session/refused.tsx";
import { incidentQuery } from "./queries.ts";

/** Moments that a correction may set right; figures follow them. */
const moments = ["startedAt", "acknowledgedAt", "thirdPartyEngagedAt", "mitigatedAt"] as const;
type Moment = (typeof moments)[number];

/** Sets an earlier entry right by another one; both stay readable. */
export function CorrectionDialog({
  incident,
  entry,
  onClose,
}: {
  incident: IncidentDetail;
  entry: TimelineEntry;
  onClose: () => void;
}) {
  const t = useWords();
  const queries = useQueryClient();
  const [moment, setMoment] = useState<Moment | "">("");
  const [wrong, setWrong] = useState<"text" | "at" | null>(null);
  const correct = useMutation({
    mutationFn: (body: AddNote) => api.addIncidentNote({ params: { id: incident.id }, body }),
    onSuccess: (changed) => {
      queries.setQueryData(incidentQuery(incident.id).queryKey, changed);
      onClose();
    },
  });
  const submit = (form: FormData) => {
    const text = textOf(form, "text");
    const at = moment === "" ? null : readMoment(textOf(form, "at"));
    const flaw = text === "" ? "text" : moment !== "" && at === null ? "at" : null;
    setWrong(flaw);
    if (flaw !== null) return;
    const times = moment === "" || at === null ? {} : { times: { [moment]: at } };
    correct.mutate({ text, corrects: entry.id, ...times });
  };
  const known = moment === "" ? null : incident[moment];
  return (
    <FormDialog
      title={t("incident.correct.title")}
      effect={t("incident.correct.text")}
      action={t("incident.correct")}
      cancel={t("app.cancel")}
      isBusy={correct.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <Textarea
        name="text"
        label={t("incident.correct.what")}
        error={wrong === "text" ? t("incident.correct.missing") : undefined}
        maxLength={4_000}
        rows={2}
        data-autofocus
      />
      <NativeSelect
        label={t("incident.correct.moment")}
        value={moment}
        data={[
          { value: "", label: t("incident.correct.none") },
          ...moments.map((value) => ({ value, label: t(`incident.correct.${value}`) })),
        ]}
        onChange={({ currentTarget: { value } }) => setMoment(moments.find((each) => each === value) ?? "")}
      />
      {moment === "" ? null : (
        <TextInput
          key={moment}
          name="at"
          type="datetime-local"
          step={1}
          label={t("incident.correct.at")}
          defaultValue={typedMoment(new Date(known ?? entry.at))}
          error={wrong === "at" ? t("incident.correct.missing") : undefined}
        />
      )}
      <Refused error={correct.error} />
    </FormDialog>
  );
}
