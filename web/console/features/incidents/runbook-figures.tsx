import type { LiveFigures, StepRun, WatchedFigure } from "@orderwatch/shared/ops/runbooks.ts";
import { useFormats, useWords } from "../../words.ts";
import { clockFace } from "./countdown.ts";
import classes from "./runbook.module.css";
import { useNow } from "./use-now.ts";

const reading: Record<WatchedFigure, (figures: LiveFigures) => number | null> = {
  placed: ({ placed }) => placed,
  paid: ({ paid }) => paid,
  refused: ({ refused }) => refused,
  payment_failures: ({ paymentFailures }) => paymentFailures,
  latency: ({ latencyP99Ms }) => latencyP99Ms,
  active_nodes: ({ activeNodes }) => activeNodes,
};

/** The figures that a step is judged by: as they were, as they are, and when they decide. */
export function WatchedFigures({
  watched,
  run,
  now,
}: {
  watched: readonly WatchedFigure[];
  run: StepRun;
  now: LiveFigures;
}) {
  const t = useWords();
  const formats = useFormats();
  const { before, after } = run;
  if (before === null) return null;
  const say = (figure: WatchedFigure, figures: LiveFigures) => {
    const value = reading[figure](figures);
    if (value === null) return "–";
    return figure === "latency" ? formats.duration(value) : formats.count(value);
  };
  return (
    <>
      {run.state === "watching" && run.verifyAt !== null ? (
        <Decides at={run.verifyAt} goesBack={run.takenBack === "by_itself"} />
      ) : null}
      <table className={classes.figures}>
        <thead>
          <tr>
            <th scope="col">
              {t("incident.step.window", { time: formats.duration(Math.max(1, before.windowS) * 1_000) })}
            </th>
            <th scope="col">{t("incident.step.before")}</th>
            <th scope="col">{t(after === null ? "incident.step.now" : "incident.step.after")}</th>
          </tr>
        </thead>
        <tbody>
          {watched.map((figure) => (
            <tr key={figure}>
              <th scope="row">{t(`incident.watched.${figure}`)}</th>
              <td>{say(figure, before)}</td>
              <td>{say(figure, after ?? now)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function Decides({ at, goesBack }: { at: string; goesBack: boolean }) {
  const t = useWords();
  const leftMs = Date.parse(at) - useNow();
  return (
    <p className={classes.decides} role="timer" aria-live="off">
      {leftMs > 0
        ? t(goesBack ? "incident.step.decides" : "incident.step.decidesOnly", {
            time: clockFace({ urgency: "calm", ms: leftMs }),
          })
        : t("incident.step.deciding")}
    </p>
  );
}
