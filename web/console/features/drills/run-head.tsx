import { Button, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { FormDialog, textOf } from "../../../ui/form-dialog.tsx";
import { Notice } from "../../../ui/notice.tsx";
import { Status } from "../../../ui/status.tsx";
import { api } from "../../api.ts";
import { useSaid, useWords } from "../../words.ts";
import { clockFace, countdown } from "../incidents/countdown.ts";
import { useNow } from "../incidents/use-now.ts";
import { useMay } from "../session/me.ts";
import { Refused } from "../session/refused.tsx";
import shared from "./drills.module.css";
import { drillRunQuery, type Run } from "./queries.ts";
import classes from "./run.module.css";
import { isUnderWay, levelOf, stepLooks, steps } from "./transform.ts";

/** Which run it is, how far it is, and what a person may do about it. */
export function RunHead({ run }: { run: Run }) {
  const t = useWords();
  const said = useSaid();
  return (
    <>
      <div className={classes.head}>
        <h1 className={classes.title}>
          {t("drills.run.title", { number: run.number, drill: said(run.drill.title) })}
        </h1>
        <Status level={levelOf(run)}>{t(`drills.state.${run.state}`)}</Status>
        <span className={shared.muted}>
          {t(`drills.mode.${run.mode}`)},{" "}
          {run.requestedBy === null
            ? t("drills.run.bySchedule")
            : t("drills.run.by", { by: run.requestedBy })}
        </span>
        <Buttons run={run} />
      </div>
      {run.ending === null ? null : (
        <Notice level={levelOf(run)} title={t(`drills.ending.${run.ending.kind}`)}>
          {run.ending.detail}
        </Notice>
      )}
      <Steps run={run} />
    </>
  );
}

function Steps({ run }: { run: Run }) {
  const t = useWords();
  const looks = stepLooks(run);
  return (
    <ol className={classes.steps} aria-label={t("drills.run.steps")}>
      {steps.map((step, index) => (
        <li key={step} data-look={looks[index]} aria-current={looks[index] === "now" ? "step" : undefined}>
          {t(`drills.state.${step}`)}
          {step === run.state ? <TimeLeft run={run} /> : null}
        </li>
      ))}
    </ol>
  );
}

function TimeLeft({ run }: { run: Run }) {
  const t = useWords();
  const now = useNow();
  const face = (dueAt: string) => clockFace(countdown({ dueAt }, run.startedAt ?? run.plannedFor, now));
  if (run.state === "running" && run.faultUntil !== null)
    return <small>{t("drills.run.faultEnds", { time: face(run.faultUntil) })}</small>;
  if (run.state === "settling" && run.settleUntil !== null)
    return <small>{t("drills.run.scoredIn", { time: face(run.settleUntil) })}</small>;
  return null;
}

function Buttons({ run }: { run: Run }) {
  const t = useWords();
  const queries = useQueryClient();
  const may = useMay();
  const [isAsking, setAsking] = useState(false);
  const take = (changed: Run) => {
    setAsking(false);
    queries.setQueryData(drillRunQuery(run.id).queryKey, changed);
    void queries.invalidateQueries({ queryKey: ["drills", "list"] });
  };
  const params = { id: run.id };
  const approve = useMutation({ mutationFn: () => api.approveDrillRun({ params }), onSuccess: take });
  const abort = useMutation({
    mutationFn: (reason: string) => api.abortDrillRun({ params, body: { reason } }),
    onSuccess: take,
  });
  const waits = run.state === "awaiting_approval";
  const canEnd = (waits || run.state === "planned" || isUnderWay(run)) && run.ending === null;
  return (
    <div className={shared.buttons}>
      {waits ? (
        <span className={shared.muted}>
          {t("drills.run.approvals", { given: run.approvals.length, needed: run.approvalsNeeded })}
        </span>
      ) : null}
      {waits && may("drills.run") ? (
        <Button size="xs" color="signal" loading={approve.isPending} onClick={() => approve.mutate()}>
          {t("drills.run.approve")}
        </Button>
      ) : null}
      {canEnd && may("drills.stop") ? (
        <Button size="xs" color="alarm" onClick={() => setAsking(true)}>
          {t("drills.run.abort")}
        </Button>
      ) : null}
      <Refused error={approve.error} />
      {isAsking ? (
        <FormDialog
          title={t("drills.run.abort")}
          effect={t("drills.run.abortText")}
          action={t("drills.run.abort")}
          cancel={t("drills.cancel")}
          isDangerous
          isBusy={abort.isPending}
          onSubmit={(form) => abort.mutate(textOf(form, "reason"))}
          onClose={() => setAsking(false)}
        >
          <Textarea name="reason" label={t("drills.reason")} autosize minRows={2} data-autofocus />
          <Refused error={abort.error} />
        </FormDialog>
      ) : null}
    </div>
  );
}
