import { Button } from "@mantine/core";
import type { LiveFigures, StepState } from "@orderwatch/shared/ops/runbooks.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { refusalOf } from "../../../lib/api.ts";
import { Notice } from "../../../ui/notice.tsx";
import { Prose } from "../../../ui/prose.tsx";
import { type Level, Status } from "../../../ui/status.tsx";
import { api } from "../../api.ts";
import { useCodeWords, useFormats, useWords } from "../../words.ts";
import { incidentQuery } from "./queries.ts";
import classes from "./runbook.module.css";
import { isOpen, type StepView } from "./runbook.ts";
import { Act, Answer, type Given, Parties } from "./runbook-act.tsx";
import { WatchedFigures } from "./runbook-figures.tsx";
import { useTexts } from "./use-texts.ts";

const levels: Record<StepState, Level> = {
  open: "quiet",
  acting: "info",
  watching: "info",
  confirmed: "ok",
  done: "ok",
  reverting: "warn",
  reverted: "warn",
  failed: "bad",
};

/** One step: what it is about, what became of it, and the button that is its next right action. */
export function Step({
  incidentId,
  slug,
  view,
  figures,
  isCurrent,
  mayRun,
}: {
  incidentId: string;
  slug: string;
  view: StepView;
  figures: LiveFigures;
  isCurrent: boolean;
  mayRun: boolean;
}) {
  const t = useWords();
  const formats = useFormats();
  const texts = useTexts();
  const { problem } = useCodeWords();
  const queries = useQueryClient();
  const key = ["incident", incidentId, "runbook", slug];
  const execute = useMutation({
    mutationFn: (given: Given) =>
      api.runRunbookStep({ params: { id: incidentId, stepId: step.id }, query: { slug }, body: given }),
    onSuccess: (changed) => queries.setQueryData(key, changed),
    onError: () => queries.invalidateQueries({ queryKey: key }),
    onSettled: () => queries.invalidateQueries({ queryKey: incidentQuery(incidentId).queryKey, exact: true }),
  });
  const { step, run } = view;
  const state = run?.state ?? "open";
  const waits = isOpen(view);
  const answered = step.does === "ask" ? step.answers?.find(({ value }) => value === run?.answer) : undefined;
  const answer = answered === undefined ? run?.answer : texts(answered.label);
  const text = <Prose text={texts(step.text)} />;
  return (
    <li className={classes.step} data-current={isCurrent || undefined} data-state={state}>
      <div className={classes.head}>
        <h3 className={classes.title}>{texts(step.title)}</h3>
        {run === null ? null : (
          <span aria-live="polite">
            <Status level={levels[state]}>{t(`incident.step.${state}`)}</Status>
          </span>
        )}
      </div>
      {waits ? (
        text
      ) : (
        <details className={classes.past}>
          <summary>{t("incident.step.text")}</summary>
          {text}
        </details>
      )}
      <Parties parties={view.thirdParties} />
      {run === null ? null : (
        <p className={classes.outcome}>
          <time dateTime={run.at}>{formats.recent(run.at, new Date())}</time> · {run.by}
          {answer === null || answer === undefined ? "" : ` · ${answer}`}
          {run.consequence === null ? "" : ` · ${texts(run.consequence)}`}
        </p>
      )}
      {run?.takenBack === "never" ? (
        <p className={classes.muted}>{t("incident.step.takenBack.never")}</p>
      ) : null}
      {run?.before && step.does === "act" && step.verify ? (
        <WatchedFigures watched={step.verify.figures} run={run} now={figures} />
      ) : null}
      {run?.outcome ? (
        <p className={classes.verdict} data-level={levels[state]}>
          {run.verdict === null
            ? texts(run.outcome)
            : run.verdict === "worse" && run.takenBack === "never"
              ? t("incident.verdict.worseStays")
              : t(`incident.verdict.${run.verdict}`)}
        </p>
      ) : null}
      {mayRun && waits ? (
        step.does === "act" ? (
          <Act step={step} choices={view.choices} isBusy={execute.isPending} onRun={execute.mutate} />
        ) : step.does === "ask" ? (
          <Answer
            step={step}
            isBusy={execute.isPending}
            onAnswer={(text) => execute.mutate({ answer: text })}
          />
        ) : (
          <div className={classes.buttons}>
            <Button
              size="xs"
              variant={isCurrent ? "filled" : "default"}
              loading={execute.isPending}
              onClick={() => execute.mutate({})}
            >
              {t("incident.step.tick")}
            </Button>
          </div>
        )
      ) : null}
      {mayRun && run?.revertible === true ? (
        <div className={classes.buttons}>
          <Button
            size="xs"
            variant="default"
            loading={execute.isPending}
            onClick={() => execute.mutate({ revert: true })}
          >
            {t("incident.step.revert")}
          </Button>
          <span className={classes.muted}>{t("incident.step.revertText")}</span>
        </div>
      ) : null}
      {execute.isError && state !== "failed" ? (
        <Notice level="bad" title={problem(refusalOf(execute.error).code)} />
      ) : null}
    </li>
  );
}
