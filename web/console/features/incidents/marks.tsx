import type { Incident, IncidentState } from "@orderwatch/shared/ops/incidents.ts";
import { type Level, LevelIcon, Status } from "../../../ui/status.tsx";
import { useWords } from "../../words.ts";
import { clockFace, countdown, nextDeadline, type Urgency } from "./countdown.ts";
import classes from "./marks.module.css";
import { useNow } from "./use-now.ts";

const levels: Record<Incident["level"], Level> = { 1: "bad", 2: "warn", 3: "info" };

const states: Record<IncidentState, Level> = {
  detected: "bad",
  acknowledged: "warn",
  mitigating: "info",
  monitoring: "info",
  resolved: "ok",
  reviewed: "ok",
  merged: "quiet",
  false_alarm: "quiet",
};

export const urgencies: Record<Urgency, Level> = {
  calm: "quiet",
  near: "warn",
  missed: "bad",
  met: "ok",
  metLate: "warn",
};

/** How bad it is: number, shape and colour. */
export function LevelMark({ level }: { level: Incident["level"] }) {
  const t = useWords();
  return <Status level={levels[level]}>{t(`incident.level.${level}`)}</Status>;
}

export function StateMark({ state }: { state: IncidentState }) {
  const t = useWords();
  return <Status level={states[state]}>{t(`incident.state.${state}`)}</Status>;
}

/** That it was caused on purpose. */
export function DrillMark() {
  const t = useWords();
  return <span className={classes.drill}>{t("incident.drill")}</span>;
}

/** The deadline that matters now, counting down, without a word to screen readers, which would hear each second. */
export function NextDeadline({
  incident,
  isBrief,
}: {
  incident: Pick<Incident, "deadlines" | "openedAt">;
  /** Without what it is about, where that stands elsewhere. */
  isBrief?: boolean;
}) {
  const t = useWords();
  const now = useNow();
  const next = nextDeadline(incident.deadlines);
  if (next === null) return <>–</>;
  const shown = countdown(next, incident.openedAt, now);
  return (
    <span className={classes.clock} data-urgency={shown.urgency} role="timer" aria-live="off">
      <LevelIcon level={urgencies[shown.urgency]} />
      <span className={classes.face}>{clockFace(shown)}</span>
      {isBrief ? null : <span className={classes.kind}>{t(`incident.deadline.${next.kind}`)}</span>}
    </span>
  );
}
