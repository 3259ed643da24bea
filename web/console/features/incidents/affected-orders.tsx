import { Button } from "@mantine/core";
import type { AffectedOrder, Incident, OrderOutcome } from "@orderwatch/shared/ops/incidents.ts";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { refusalOf } from "../../../lib/api.ts";
import { Empty, Notice } from "../../../ui/notice.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { type Level, Status } from "../../../ui/status.tsx";
import { useCodeWords, useFormats, useWords } from "../../words.ts";
import { useMay } from "../session/me.ts";
import classes from "./affected.module.css";
import { type BulkAction, isChoosable, type Result } from "./affected.ts";
import { affectedOrdersQuery } from "./queries.ts";

const BulkDialog = lazy(() =>
  import("./bulk-dialog.tsx").then(({ BulkDialog }) => ({ default: BulkDialog })),
);

/** What waits for somebody first, what is settled last. */
const outcomes = [
  "unreconciled",
  "waiting",
  "delivered",
  "refunded",
  "waived",
  "unpaid",
] as const satisfies readonly OrderOutcome[];

const levels: Record<OrderOutcome, Level> = {
  unreconciled: "bad",
  waiting: "warn",
  delivered: "ok",
  refunded: "ok",
  waived: "quiet",
  unpaid: "quiet",
};

/** Orders that it hit, by how each ended, with what can be done for those that still wait. */
export function AffectedOrders({ incident }: { incident: Incident }) {
  const t = useWords();
  const formats = useFormats();
  const { problem } = useCodeWords();
  const may = useMay();
  const [outcome, setOutcome] = useState<OrderOutcome | undefined>(undefined);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [asked, setAsked] = useState<BulkAction | null>(null);
  const [results, setResults] = useState<ReadonlyMap<string, Result>>(new Map());
  const query = useInfiniteQuery(affectedOrdersQuery(incident, outcome));
  const rows = query.data?.pages.flatMap((page) => page.items) ?? [];
  const choosable = rows.filter(isChoosable);
  const picked = choosable.filter(({ orderId }) => chosen.has(orderId));
  const { affected } = incident;
  const mayAct = may("orders.redeliver");
  const toggle = (ids: readonly string[], on: boolean) =>
    setChosen((known) => {
      const next = new Set(known);
      for (const id of ids) on ? next.add(id) : next.delete(id);
      return next;
    });
  return (
    <Panel
      title={t("incident.orders")}
      note={
        affected.total === 0
          ? undefined
          : t("incident.orders.atRisk", { amount: formats.money(affected.valueAtRiskFen) })
      }
      flush
    >
      <ul className={classes.outcomes} aria-label={t("incident.orders.show")}>
        {outcomes.map((each) => (
          <li key={each}>
            <button
              type="button"
              aria-pressed={outcome === each}
              onClick={() => setOutcome(outcome === each ? undefined : each)}
            >
              <strong>{formats.count(affected[each])}</strong>
              <Status level={affected[each] === 0 ? "quiet" : levels[each]}>
                {t(`incident.orders.${each}`)}
              </Status>
            </button>
          </li>
        ))}
      </ul>
      {affected.simulated === 0 ? null : (
        <p className={classes.foot}>
          {t("incident.orders.simulated", { count: formats.count(affected.simulated) })}
        </p>
      )}
      {query.isError && query.data === undefined ? (
        <Notice level="bad" title={problem(refusalOf(query.error).code)} />
      ) : query.isPending ? (
        <Empty title={t("app.loading")} />
      ) : rows.length === 0 ? (
        <Empty title={t("incident.orders.none")}>{t("incident.orders.noneText")}</Empty>
      ) : (
        <>
          {mayAct && choosable.length > 0 ? (
            <div className={classes.bar}>
              <label className={classes.pick}>
                <input
                  type="checkbox"
                  checked={picked.length === choosable.length}
                  onChange={(event) =>
                    toggle(
                      choosable.map(({ orderId }) => orderId),
                      event.currentTarget.checked,
                    )
                  }
                />
                {picked.length === 0
                  ? t("incident.orders.pickAll")
                  : t("incident.orders.chosen", { count: formats.count(picked.length) })}
              </label>
              {(["redeliver", "refund", "waive"] as const)
                .filter((action) => action !== "refund" || may("orders.refund"))
                .map((action) => (
                  <Button
                    key={action}
                    size="compact-xs"
                    variant="default"
                    disabled={picked.length === 0}
                    onClick={() => setAsked(action)}
                  >
                    {t(`incident.orders.${action}`)}
                  </Button>
                ))}
            </div>
          ) : null}
          <ul className={classes.rows}>
            {rows.map((order) => (
              <Row
                key={order.orderId}
                order={order}
                result={results.get(order.orderId)}
                isChosen={chosen.has(order.orderId)}
                onChoose={mayAct && isChoosable(order) ? (on) => toggle([order.orderId], on) : null}
              />
            ))}
          </ul>
          {query.hasNextPage ? (
            <div className={classes.more}>
              <Button
                variant="default"
                size="xs"
                loading={query.isFetchingNextPage}
                onClick={() => void query.fetchNextPage()}
              >
                {t("incidents.more")}
              </Button>
            </div>
          ) : null}
        </>
      )}
      <Suspense fallback={null}>
        {asked === null ? null : (
          <BulkDialog
            incident={incident}
            action={asked}
            orders={picked}
            onResults={(all) => {
              setResults((known) => new Map([...known, ...all.map((each) => [each.orderId, each] as const)]));
              toggle(
                all.filter(({ ok }) => ok).map(({ orderId }) => orderId),
                false,
              );
            }}
            onClose={() => setAsked(null)}
          />
        )}
      </Suspense>
    </Panel>
  );
}

function Row({
  order,
  result,
  isChosen,
  onChoose,
}: {
  order: AffectedOrder;
  result: Result | undefined;
  isChosen: boolean;
  onChoose: ((on: boolean) => void) | null;
}) {
  const t = useWords();
  const formats = useFormats();
  const { problem } = useCodeWords();
  return (
    <li>
      {onChoose === null ? (
        <span />
      ) : (
        <label className={classes.pick}>
          <input
            type="checkbox"
            aria-label={t("incident.orders.pick", { id: order.orderId })}
            checked={isChosen}
            onChange={(event) => onChoose(event.currentTarget.checked)}
          />
        </label>
      )}
      <div>
        <Link to="/orders/$id" params={{ id: order.orderId }} className={classes.id ?? ""}>
          {order.orderId.slice(0, 13)}…
        </Link>
        <div className={classes.muted}>
          {formats.recent(order.createdAt, new Date())}
          {order.failureCode === null ? "" : ` · ${problem(order.failureCode)}`}
          {order.origin === "buyer" ? "" : ` · ${t(`origin.${order.origin}`)}`}
        </div>
        {order.waivedReason === null ? null : (
          <div className={classes.muted}>
            {order.waivedBy}: {order.waivedReason}
          </div>
        )}
        {result === undefined || result.ok ? null : (
          <div className={classes.refused}>{result.code === null ? result.detail : problem(result.code)}</div>
        )}
      </div>
      <div className={classes.end}>
        {formats.money(order.amountFen)}
        <Status level={levels[order.outcome]}>{t(`incident.orders.${order.outcome}`)}</Status>
      </div>
    </li>
  );
}
