import type { IncidentDetail } from "@orderwatch/shared/ops/incidents.ts";
import { Panel } from "../../../ui/panel.tsx";
import { useFormats, useWords } from "../../words.ts";
import { Clocks } from "./clocks.tsx";
import classes from "./detail.module.css";
import type { PostmortemView } from "./postmortem.ts";

/** What the timeline and the orders say: assembled each time, so that corrections show. */
export function PostmortemFacts({
  incident,
  postmortem,
}: {
  incident: IncidentDetail | undefined;
  postmortem: PostmortemView;
}) {
  const t = useWords();
  const formats = useFormats();
  const { times, impact } = postmortem;
  const moments = [
    ["postmortem.started", times.startedAt, null],
    ["postmortem.detected", times.detectedAt, times.detectMs],
    ["postmortem.acknowledged", times.acknowledgedAt, times.acknowledgeMs],
    ["postmortem.mitigated", times.mitigatedAt, times.mitigateMs],
    ["postmortem.resolved", times.resolvedAt, times.resolveMs],
  ] as const;
  const orders = [
    ["postmortem.orders", formats.count(impact.orders)],
    ["postmortem.amount", formats.money(impact.amountFen)],
    ["incident.orders.delivered", formats.count(impact.delivered)],
    ["incident.orders.refunded", formats.count(impact.refunded)],
    ["postmortem.refundedFen", formats.money(impact.refundedFen)],
    ["incident.orders.waived", formats.count(impact.waived)],
  ] as const;
  return (
    <>
      <Panel title={t("postmortem.facts")}>
        <dl className={classes.facts}>
          {moments.map(([word, at, ms]) => (
            <div key={word}>
              <dt>{t(word)}</dt>
              <dd>
                {at === null ? t("postmortem.notYet") : formats.moment(at)}
                {ms === null ? "" : ` · ${t("postmortem.after", { time: formats.duration(ms) })}`}
              </dd>
            </div>
          ))}
        </dl>
      </Panel>
      <Panel title={t("postmortem.impact")}>
        <dl className={classes.facts}>
          {orders.map(([word, value]) => (
            <div key={word}>
              <dt>{t(word)}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </Panel>
      {incident === undefined ? null : <Clocks incident={incident} />}
    </>
  );
}
