import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { Segmented } from "../../ui/segmented.tsx";
import { Status } from "../../ui/status.tsx";
import { Channels } from "../features/live/channels.tsx";
import { LatencyChart, OrdersChart, QpsChart } from "../features/live/charts.tsx";
import { FreshnessBadge } from "../features/live/freshness-badge.tsx";
import { Funnel } from "../features/live/funnel.tsx";
import { Nodes } from "../features/live/nodes.tsx";
import { Reasons } from "../features/live/reasons.tsx";
import type { Traffic } from "../features/live/rows.ts";
import { Stock } from "../features/live/stock.tsx";
import { Strip } from "../features/live/strip.tsx";
import { funnelRows } from "../features/live/transform.ts";
import { useFeed } from "../features/live/use-feed.ts";
import { liveView, type Range } from "../features/live/view.ts";
import { useFormats, useWords } from "../words.ts";
import classes from "./live.module.css";

const route = getRouteApi("/shell/");
const empty: never[] = [];
const noFunnel = funnelRows([], []);
const minuteMs = 60_000;

/** What the shop does now: are we selling, where do we lose orders, how do the machines do. */
export function Live() {
  const t = useWords();
  const { range = "minutes", traffic = "all", wall } = route.useSearch();
  const navigate = route.useNavigate();
  const { feed, version } = useFeed();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the stream changes in place; its version says when.
  const view = useMemo(() => liveView(feed.stream, range, traffic), [feed, version, range, traffic]);

  const note = t(`live.over.${range}`);
  // Links name whole minutes, so that what they stand on is not drawn anew each second.
  const start = view === null ? 0 : Math.floor(view.from / minuteMs) * minuteMs;
  const from = useMemo(() => new Date(start).toISOString(), [start]);
  const mixed = traffic === "buyers" && (view?.totals.simulatedShare ?? 0) > 0;
  const mixedNote = mixed ? `${note}, ${t("live.withSimulated")}` : note;

  return (
    <div className={classes.screen} data-wall={wall}>
      <title>{`${t("live.title")} · Orderwatch`}</title>
      <div className={classes.bar}>
        <h1 className={classes.title}>{t("live.title")}</h1>
        <FreshnessBadge />
        <SimulatedBadge share={view?.totals.simulatedShare ?? null} traffic={traffic} />
        <div className={classes.controls} hidden={wall}>
          <Segmented
            label={t("live.traffic")}
            value={traffic}
            choices={[
              { value: "all", label: t("live.traffic.all") },
              { value: "buyers", label: t("live.traffic.buyers") },
            ]}
            onChange={(chosen) =>
              void navigate({ search: withChoice("traffic", chosen, "all"), replace: true })
            }
          />
          <Segmented<Range>
            label={t("live.range")}
            value={range}
            choices={[
              { value: "minutes", label: t("live.range.minutes") },
              { value: "hour", label: t("live.range.hour") },
            ]}
            onChange={(chosen) =>
              void navigate({ search: withChoice("range", chosen, "minutes"), replace: true })
            }
          />
        </div>
      </div>
      <Strip view={view} />
      <div className={classes.grid}>
        <div className={classes.hero}>
          <OrdersChart view={view} note={note} height={wall ? 330 : 226} />
        </div>
        <div className={classes.funnel}>
          <Funnel rows={view?.funnel ?? noFunnel} from={from} note={mixedNote} />
        </div>
        <div className={classes.third}>
          <Reasons of="failures" rows={view?.failures ?? empty} from={from} note={mixedNote} />
        </div>
        <div className={classes.third}>
          <LatencyChart view={view} note={note} height={190} />
        </div>
        <div className={classes.third}>
          <QpsChart view={view} note={note} height={190} />
        </div>
        <div className={`${classes.third} ${classes.last}`}>
          <Nodes nodes={view?.nodes ?? empty} />
        </div>
        <div className={`${classes.third} ${classes.last}`}>
          <Channels channels={view?.channels ?? empty} from={from} />
          <Reasons of="refused" rows={view?.refused ?? empty} from={from} note={mixedNote} />
        </div>
        <div className={`${classes.third} ${classes.last}`}>
          <Stock alerts={view?.stock ?? empty} />
        </div>
      </div>
    </div>
  );
}

/** Never lets simulated traffic pass for buyers. */
function SimulatedBadge({ share, traffic }: { share: number | null; traffic: Traffic }) {
  const t = useWords();
  const formats = useFormats();
  if (traffic === "buyers") return <Status level="info">{t("live.traffic.buyers")}</Status>;
  if (share === null || share === 0) return null;
  return (
    <Status level="info" title={t("live.simulatedHelp")}>
      {t("live.simulated", { share: formats.percent(share) })}
    </Status>
  );
}

/** The address with a choice in it, or without it where it is the usual one. */
const withChoice =
  <Value extends string>(name: "range" | "traffic", chosen: Value, usual: Value) =>
  (known: object) => ({ ...known, [name]: chosen === usual ? undefined : chosen });
