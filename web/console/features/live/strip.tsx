import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { type Level, LevelIcon } from "../../../ui/status.tsx";
import { useFormats, useWords } from "../../words.ts";
import { NextDeadline } from "../incidents/marks.tsx";
import { byUrgency } from "../incidents/order.ts";
import { openIncidentsQuery } from "../incidents/queries.ts";
import { useTexts } from "../incidents/use-texts.ts";
import { useMay } from "../session/me.ts";
import classes from "./strip.module.css";
import { type Selling, selling } from "./transform.ts";
import { useFreshness } from "./use-feed.ts";
import type { LiveView } from "./view.ts";

const sellingLevels: Record<Selling, Level> = {
  selling: "ok",
  quiet: "warn",
  refusing: "bad",
  down: "bad",
  unknown: "quiet",
};

/** The one glance: are we selling, how well, how fast, does anything wait. */
export function Strip({ view }: { view: LiveView | null }) {
  const t = useWords();
  return (
    <section aria-label={t("live.state")} className={classes.strip}>
      <SellingFigure view={view} />
      <SuccessFigure view={view} />
      <IncidentsFigure />
      <OrdersFigure view={view} />
      <LatencyFigure view={view} />
      <QueueFigure view={view} />
    </section>
  );
}

function Figure({
  label,
  value,
  hint,
  level,
  title,
  wide,
}: {
  label: string;
  value: ReactNode;
  hint: ReactNode;
  level?: Level | undefined;
  title?: string;
  wide?: boolean;
}) {
  return (
    <div className={classes.figure} data-level={level} data-wide={wide} title={title}>
      <div className={classes.label}>{label}</div>
      <div className={classes.value}>
        {level === undefined ? null : <LevelIcon level={level} size={15} />}
        {value}
      </div>
      <div className={classes.hint}>{hint}</div>
    </div>
  );
}

const nothing = "–";

function SellingFigure({ view }: { view: LiveView | null }) {
  const t = useWords();
  const formats = useFormats();
  const fresh = useFreshness().kind === "live";
  const state = view === null ? "unknown" : selling(view.lastMinute, view.nodes, fresh);
  const last = view?.lastMinute ?? [];
  const rate = last.reduce((sum, point) => sum + point.placed, 0) / Math.max(1, last.length);
  return (
    <Figure
      wide
      label={t("live.state")}
      level={sellingLevels[state]}
      value={t(`live.${state}`)}
      hint={
        state === "selling" ? t("live.selling.hint", { rate: formats.rate(rate) }) : t(`live.${state}.hint`)
      }
    />
  );
}

function SuccessFigure({ view }: { view: LiveView | null }) {
  const t = useWords();
  const formats = useFormats();
  const rate = view?.successRate ?? null;
  const target = view?.targets.successRate;
  const level = rate === null || target === undefined ? "quiet" : rate >= target ? "ok" : "bad";
  return (
    <Figure
      label={t("live.success")}
      level={level}
      title={t("live.successHelp")}
      value={rate === null ? nothing : formats.percent(rate)}
      hint={target === undefined ? nothing : t("live.target", { value: formats.percent(target) })}
    />
  );
}

/** What is wrong that we know of, and the deadline that comes first. */
function IncidentsFigure() {
  const t = useWords();
  const formats = useFormats();
  const texts = useTexts();
  const enabled = useMay()("incidents.read");
  const { data } = useQuery({ ...openIncidentsQuery, enabled });
  const open = byUrgency(data?.items ?? []);
  const first = open[0];
  return (
    <Figure
      label={t("live.incidents")}
      level={data === undefined ? "quiet" : first === undefined ? "ok" : first.level === 3 ? "warn" : "bad"}
      value={
        data === undefined ? (
          nothing
        ) : first === undefined ? (
          t("live.incidents.none")
        ) : (
          <>
            {formats.count(open.length)} <NextDeadline incident={first} isBrief />
          </>
        )
      }
      hint={
        first === undefined ? (
          t("live.incidents.noneHint")
        ) : (
          <Link to="/incidents/$id" params={{ id: first.id }} className={classes.link ?? ""}>
            {t(`incident.level.${first.level}`)} · {texts(first.title)}
          </Link>
        )
      }
    />
  );
}

function OrdersFigure({ view }: { view: LiveView | null }) {
  const t = useWords();
  const formats = useFormats();
  return (
    <Figure
      label={t("live.placedSum")}
      value={view === null ? nothing : formats.count(view.totals.placed)}
      hint={
        view === null
          ? nothing
          : t("live.placedSum.hint", { delivered: formats.count(view.totals.delivered) })
      }
    />
  );
}

function LatencyFigure({ view }: { view: LiveView | null }) {
  const t = useWords();
  const formats = useFormats();
  const p99 = view?.latest?.latencyMs?.p99;
  const target = view?.targets.latencyP99Ms;
  const level = p99 === undefined || target === undefined ? "quiet" : p99 <= target ? "ok" : "warn";
  return (
    <Figure
      label={t("live.p99")}
      level={level}
      value={p99 === undefined ? nothing : formats.duration(p99)}
      hint={target === undefined ? nothing : t("live.target", { value: formats.duration(target) })}
    />
  );
}

/** From this age on a paid order that is not delivered is worth a look, in ms. */
const lateDeliveryMs = 5_000;

function QueueFigure({ view }: { view: LiveView | null }) {
  const t = useWords();
  const formats = useFormats();
  const queue = view?.queue ?? null;
  const level = queue === null ? "quiet" : queue.lagMs > lateDeliveryMs ? "warn" : "ok";
  return (
    <Figure
      label={t("live.lag")}
      level={level}
      value={queue === null ? nothing : formats.duration(queue.lagMs)}
      hint={
        queue === null
          ? nothing
          : queue.due === 0
            ? t("live.lag.none")
            : t("live.lag.waiting", { count: formats.count(queue.due) })
      }
    />
  );
}
