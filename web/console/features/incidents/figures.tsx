import type { Incident } from "@orderwatch/shared/ops/incidents.ts";
import { useMemo } from "react";
import { Panel } from "../../../ui/panel.tsx";
import { Sparkline } from "../../../ui/sparkline.tsx";
import { useFormats, useWords } from "../../words.ts";
import { FreshnessBadge } from "../live/freshness-badge.tsx";
import { useFeed } from "../live/use-feed.ts";
import { liveView } from "../live/view.ts";
import classes from "./detail.module.css";

/** What the shop does now, as far as it tells whether this gets better: the same stream that Live shows. */
export function Figures({ incident }: { incident: Incident }) {
  const t = useWords();
  const formats = useFormats();
  const { feed, version } = useFeed();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the stream changes in place; its version says when.
  const view = useMemo(() => liveView(feed.stream, "minutes", "all"), [feed, version]);
  const last = view?.lastMinute ?? [];
  const rate = last.reduce((sum, point) => sum + point.placed, 0) / Math.max(1, last.length);
  const p99 = view?.latest?.latencyMs?.p99;
  const channel = view?.channels.find(({ method }) => method === incident.labels.channel);
  const success = view?.successRate;
  const nodes = view?.nodes ?? [];
  const figures = [
    {
      label: t("incident.figure.placed"),
      value: view === null ? "–" : t("incident.figure.rate", { rate: formats.rate(rate) }),
      course: last.map(({ placed }) => placed),
    },
    channel === undefined
      ? {
          label: t("live.success"),
          value: success === null || success === undefined ? "–" : formats.percent(success),
          course: null,
        }
      : {
          // Not its success rate: whoever is stuck at the company's page neither pays nor fails.
          label: t("incident.figure.paid", { method: t(`method.${channel.method}`) }),
          value: `${formats.count(channel.paid)} / ${formats.count(channel.placed)}`,
          course: null,
        },
    {
      label: t("live.p99"),
      value: p99 === undefined ? "–" : formats.duration(p99),
      course: last.map(({ latencyMs }) => latencyMs?.p99 ?? 0),
    },
    {
      label: t("incident.figure.active"),
      value: view === null ? "–" : formats.count(nodes.filter(({ state }) => state === "active").length),
      course: null,
    },
  ];
  return (
    <Panel title={t("incident.figures")} aside={<FreshnessBadge />}>
      <dl className={classes.figures}>
        {figures.map(({ label, value, course }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>
              {value}
              {course === null ? null : <Sparkline values={course} />}
            </dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
