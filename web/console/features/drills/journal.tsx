import { Button } from "@mantine/core";
import type { DrillEnding, DrillFigure, DrillMode } from "@orderwatch/shared/ops/drills.ts";
import { useQuery } from "@tanstack/react-query";
import { Empty } from "../../../ui/notice.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { useFormats, useWords } from "../../words.ts";
import shared from "./drills.module.css";
import { journalQuery, type Run } from "./queries.ts";
import classes from "./run.module.css";
import { useDrillWords } from "./use-drill-words.ts";

// Written out, since the contract's own lists would bring its schemas into the browser.
const figures = [
  "success_rate",
  "placed_rate",
  "paid_rate",
  "latency_p99_ms",
  "active_nodes",
  "standby_nodes",
  "queue_lag_s",
  "paid_without_code",
  "buyers_failed",
] as const satisfies readonly DrillFigure[];
const modes = ["dry", "rehearsal", "surprise"] as const satisfies readonly DrillMode[];
const endings = [
  "asked",
  "stop_all",
  "stop_condition",
  "missing_data",
  "foreign_alert",
  "radius_exceeded",
  "hypothesis_failed",
  "incident_open",
  "budget_spent",
  "overlap",
  "outside_window",
  "not_offered",
  "injection_failed",
  "revert_failed",
  "too_late",
] as const satisfies readonly DrillEnding[];
const facts = ["by", "mode", "target", "kind", "score", "ending", "detail", "number", "what"] as const;

/** Everything that was decided and done, in order; to be read and to be taken away. */
export function Journal({ run }: { run: Run }) {
  const t = useWords();
  const formats = useFormats();
  const words = useDrillWords();
  const entries = useQuery(journalQuery(run.id, run.revision)).data?.items ?? [];
  const said = (given: (typeof entries)[number]["facts"]) =>
    Object.entries(given)
      .filter(([name]) => name !== "lease" && name !== "incident")
      .map(([name, value]) => `${nameOf(name)} ${textOf(name, value)}`)
      .join(" · ");
  const nameOf = (name: string) => {
    const figure = figures.find((each) => each === name);
    if (figure !== undefined) return t(`drills.figure.${figure}`);
    const fact = facts.find((each) => each === name);
    return fact === undefined ? name : t(`drills.journal.fact.${fact}`);
  };
  const textOf = (name: string, value: unknown) => {
    const mode = modes.find((each) => each === value);
    if (name === "mode" && mode !== undefined) return t(`drills.mode.${mode}`);
    const ending = endings.find((each) => each === value);
    if (name === "ending" && ending !== undefined) return t(`drills.ending.${ending}`);
    if (name === "kind") {
      const named = run.drill.faults.filter((fault) => fault.kind === value).map(words.fault);
      if (named.length > 0) return [...new Set(named)].join(", ");
    }
    return typeof value === "number" ? formats.rate(value) : (value ?? "–");
  };
  const download = () => {
    const file = new Blob([JSON.stringify({ run, journal: entries }, null, 2)], { type: "application/json" });
    const url = URL.createObjectURL(file);
    const link = document.createElement("a");
    link.href = url;
    link.download = `drill-${run.number}-${run.drill.slug}.json`;
    link.click();
    URL.revokeObjectURL(url);
  };
  return (
    <Panel
      title={t("drills.run.journal")}
      aside={
        <Button size="xs" variant="default" onClick={download}>
          {t("drills.run.download")}
        </Button>
      }
      flush
    >
      {entries.length === 0 ? (
        <Empty title={t("app.loading")} />
      ) : (
        <ol className={classes.journal}>
          {entries.map(({ seq, at, type, facts: given }) => (
            <li key={seq}>
              <time className={shared.muted} dateTime={at}>
                {formats.clock(at)}
              </time>
              <span>{t(`drills.journal.${type}`)}</span>
              <span className={shared.muted}>{said(given)}</span>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}
