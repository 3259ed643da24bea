import { Textarea } from "@mantine/core";
import type { IncidentDetail, IncidentState } from "@orderwatch/shared/ops/incidents.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { refusalOf } from "../../../lib/api.ts";
import { Confirm } from "../../../ui/confirm.tsx";
import { Notice } from "../../../ui/notice.tsx";
import { Segmented } from "../../../ui/segmented.tsx";
import { api } from "../../api.ts";
import { useCodeWords, useWords } from "../../words.ts";
import classes from "./incidents.module.css";
import { incidentQuery } from "./queries.ts";

export type Asked =
  | { kind: "transition"; to: Exclude<IncidentState, "detected" | "merged"> }
  | { kind: "level" };

/** Says what a change of state or level will do, takes a note, and does it. A level is never changed without a reason. */
export function TransitionDialog({
  incident,
  asked,
  onClose,
}: {
  incident: IncidentDetail;
  asked: Asked;
  onClose: () => void;
}) {
  const t = useWords();
  const { problem } = useCodeWords();
  const queries = useQueryClient();
  const [note, setNote] = useState("");
  const [level, setLevel] = useState(`${incident.level}` as "1" | "2" | "3");
  const [isTried, setTried] = useState(false);
  const isNeeded = asked.kind === "level" || asked.to === "false_alarm";
  const isMissing = isNeeded && note.trim() === "";
  const run = useMutation({
    mutationFn: () => {
      const params = { id: incident.id };
      const text = note.trim();
      if (asked.kind === "level")
        return api.changeIncidentLevel({ params, body: { level: Number(level) as 1 | 2 | 3, note: text } });
      return api.transitionIncident({
        params,
        body: { to: asked.to, ...(text === "" ? {} : { note: text }) },
      });
    },
    onSuccess: async (changed) => {
      queries.setQueryData(incidentQuery(incident.id).queryKey, changed);
      await queries.invalidateQueries({ queryKey: ["incidents"] });
      onClose();
    },
  });
  const action = asked.kind === "level" ? t("incident.changeLevel") : t(`incident.to.${asked.to}`);
  return (
    <Confirm
      title={`${action} · #${incident.number}`}
      action={action}
      cancel={t("app.cancel")}
      isDangerous={asked.kind === "transition" && asked.to === "false_alarm"}
      isBusy={run.isPending}
      onConfirm={() => {
        setTried(true);
        if (!isMissing) run.mutate();
      }}
      onCancel={onClose}
    >
      <div className={classes.fields}>
        <p>{asked.kind === "level" ? t("incident.changeLevelText") : t(`incident.effect.${asked.to}`)}</p>
        {asked.kind === "level" ? (
          <div>
            <Segmented
              label={t("incidents.level")}
              value={level}
              choices={(["1", "2", "3"] as const).map((value) => ({
                value,
                label: t(`incident.level.${value}`),
              }))}
              onChange={setLevel}
            />
            <p>{t(`incident.level.${level}.text`)}</p>
          </div>
        ) : null}
        <Textarea
          label={t(isNeeded ? "incident.reason" : "incident.note")}
          description={t("incident.noteHelp")}
          error={isTried && isMissing ? t("incident.missing") : undefined}
          value={note}
          maxLength={2_000}
          rows={2}
          required={isNeeded}
          withAsterisk={false}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        {run.isError ? (
          <Notice level="bad" title={problem(refusalOf(run.error).code)}>
            {refusalOf(run.error).detail}
          </Notice>
        ) : null}
      </div>
    </Confirm>
  );
}
