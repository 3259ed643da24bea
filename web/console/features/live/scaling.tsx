import type { ScaleDecision } from "@orderwatch/shared/ops/nodes.ts";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { memo } from "react";
import { api } from "../../api.ts";
import { useFormats, useWords } from "../../words.ts";
import classes from "./nodes.module.css";

const mostShown = 3;

/** Read anew whenever the number of active nodes differs: that is when something was decided. */
const scalingQuery = (active: number) =>
  queryOptions({
    queryKey: ["nodes", "scaling", active],
    queryFn: ({ signal }) => api.readScaling({ signal }),
    refetchInterval: 60_000,
    placeholderData: (before) => before,
  });

/** How many nodes take orders and why that changed lately; nothing where it does not change by itself. */
export const ScalingNotes = memo(function ScalingNotes({ active }: { active: number }) {
  const t = useWords();
  const formats = useFormats();
  const { data: scaling } = useQuery(scalingQuery(active));
  if (!scaling?.on) return null;
  return (
    <section className={classes.scaling} aria-label={t("live.scaling")}>
      <h3>{t("live.scaling")}</h3>
      <p>
        {t("live.scaling.state", {
          active: formats.count(active),
          max: formats.count(scaling.max),
          qps: formats.count(scaling.nodeQps),
        })}
      </p>
      <ol>
        {scaling.decisions.slice(0, mostShown).map((decision) => (
          <Decision key={decision.at} decision={decision} />
        ))}
        {scaling.decisions.length === 0 ? <li>{t("live.scaling.none")}</li> : null}
      </ol>
    </section>
  );
});

function Decision({ decision }: { decision: ScaleDecision }) {
  const t = useWords();
  const formats = useFormats();
  const { at, from, to, reason, qps, eventLoop } = decision;
  return (
    <li>
      <time dateTime={at}>{formats.clock(at)}</time>{" "}
      <b>{t("live.scaling.change", { from: formats.count(from), to: formats.count(to) })}</b>{" "}
      {t(`live.scaling.${reason}`, {
        qps: formats.rate(qps),
        from: formats.count(from),
        loop: formats.percent(eventLoop),
      })}
    </li>
  );
}
