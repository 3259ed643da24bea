import { Button } from "@mantine/core";
import type { ReconciliationRun as Run } from "@orderwatch/shared/ops/reconciliation.ts";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { refusalOf } from "../../lib/api.ts";
import { Empty, Notice } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Segmented } from "../../ui/segmented.tsx";
import table from "../../ui/table.module.css";
import { api } from "../api.ts";
import { dayInBeijing } from "../features/reconciliation/day.ts";
import { Differences } from "../features/reconciliation/differences.tsx";
import { differencesQuery, isMoving, runQuery } from "../features/reconciliation/queries.ts";
import { RunState } from "../features/reconciliation/run-state.tsx";
import { Sides } from "../features/reconciliation/sides.tsx";
import { useMay } from "../features/session/me.ts";
import { useCodeWords, useFormats, useWords } from "../words.ts";
import classes from "./list.module.css";

const route = getRouteApi("/shell/reconciliation/$id");

/** One company's day: both sides, what differs, and what can be done about it. */
export function ReconciliationRun() {
  const t = useWords();
  const { problem } = useCodeWords();
  const { id } = route.useParams();
  const { data: run, error } = useQuery(runQuery(id));
  const name = run === undefined ? "" : `${t(`method.${run.provider}`)} · ${run.day}`;
  return (
    <div className={classes.screen}>
      <title>{`${name || t("recon.title")} · Orderwatch`}</title>
      <Link to="/reconciliation" className={classes.back}>
        ‹ {t("recon.back")}
      </Link>
      <div className={classes.head}>
        <h1 className={classes.title}>{name || t("recon.title")}</h1>
        {run === undefined ? null : <RunState run={run} />}
        {run === undefined ? null : <Again run={run} />}
      </div>
      {error !== null && run === undefined ? (
        <Notice level="bad" title={problem(refusalOf(error).code)} />
      ) : run === undefined ? (
        <Empty title={t("app.loading")} />
      ) : (
        <>
          <Failure run={run} />
          <Sums run={run} />
          <Found run={run} />
        </>
      )}
    </div>
  );
}

function Again({ run }: { run: Run }) {
  const t = useWords();
  const mayAct = useMay()("reconciliation.act");
  const queries = useQueryClient();
  const again = useMutation({
    mutationFn: () => api.startRun({ body: { provider: run.provider, day: run.day } }),
    onSettled: () => queries.invalidateQueries({ queryKey: ["reconciliation"] }),
  });
  if (!mayAct) return null;
  return (
    <Button
      className={classes.apart ?? ""}
      variant="default"
      size="xs"
      loading={again.isPending || isMoving(run, new Date())}
      onClick={() => again.mutate()}
    >
      {t("recon.againNow")}
    </Button>
  );
}

function Failure({ run }: { run: Run }) {
  const t = useWords();
  const formats = useFormats();
  if (run.failure === null) return null;
  return (
    <Notice level={run.state === "failed" ? "bad" : "warn"} title={t(`recon.failure.${run.failure}`)}>
      {run.nextAttemptAt === null
        ? undefined
        : t("recon.again", { time: formats.recent(run.nextAttemptAt, new Date()) })}
    </Notice>
  );
}

function Sums({ run }: { run: Run }) {
  const t = useWords();
  const formats = useFormats();
  if (run.bill === null) return null;
  const finished = run.finishedAt;
  const isPartial = finished !== null && dayInBeijing(new Date(finished), 0) === run.day;
  return (
    <Panel
      title={t("recon.sides")}
      note={
        finished === null ? undefined : t("recon.comparedAt", { time: formats.recent(finished, new Date()) })
      }
      flush
    >
      <div className={table.scroll}>
        <Sides run={run} />
      </div>
      {isPartial ? <p className={classes.foot}>{t("recon.partial")}</p> : null}
    </Panel>
  );
}

function Found({ run }: { run: Run }) {
  const t = useWords();
  const formats = useFormats();
  const mayAct = useMay()("reconciliation.act");
  const { show = "open" } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useInfiniteQuery(differencesQuery(run, show));
  const rows = query.data?.pages.flatMap((page) => page.items) ?? [];
  const counts = Object.fromEntries(
    run.differences.map(({ kind, all, open }) => [kind, show === "open" ? open : all]),
  );
  const all = run.differences.reduce((sum, each) => sum + each.all, 0);
  const queries = useQueryClient();
  const isActing = rows.some(({ state }) => state === "acting");
  useEffect(() => {
    // What came of an action changes the run's own counts.
    if (!isActing) void queries.invalidateQueries({ queryKey: runQuery(run.id).queryKey });
  }, [isActing, run.id, queries]);
  return (
    <Panel
      title={t("recon.differences")}
      aside={
        all === 0 ? undefined : (
          <Segmented
            label={t("recon.show")}
            value={show}
            choices={[
              { value: "open", label: t("recon.show.open") },
              { value: "all", label: t("recon.show.all") },
            ]}
            onChange={(chosen) =>
              void navigate({ search: chosen === "all" ? { show: "all" } : {}, replace: true })
            }
          />
        )
      }
      flush
    >
      {query.isPending ? (
        <Empty title={t("app.loading")} />
      ) : rows.length > 0 ? (
        <Differences differences={rows} counts={counts} mayAct={mayAct} />
      ) : run.bill === null ? (
        <Empty title={t("recon.notYet")} />
      ) : all > 0 ? (
        <Empty title={t("recon.noneOpen")}>{t("recon.noneOpenText")}</Empty>
      ) : (
        <Empty title={t("recon.nothing")}>
          {t("recon.nothingText", {
            payments: formats.count(run.bill.payments),
            paid: formats.money(run.bill.paidFen),
            refunds: formats.count(run.bill.refunds),
            refunded: formats.money(run.bill.refundedFen),
          })}
        </Empty>
      )}
      {query.hasNextPage ? (
        <div className={table.more}>
          <Button
            variant="default"
            size="xs"
            loading={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            {t("recon.more")}
          </Button>
        </div>
      ) : null}
    </Panel>
  );
}
