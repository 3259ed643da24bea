import { Button } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { Empty } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import table from "../../ui/table.module.css";
import { useRowKeys } from "../../ui/use-row-keys.ts";
import { Calendar } from "../features/drills/calendar.tsx";
import { DrillTable } from "../features/drills/drill-table.tsx";
import { DryRunDialog } from "../features/drills/dry-run-dialog.tsx";
import { drillRunsQuery, drillsQuery } from "../features/drills/queries.ts";
import { RunTable } from "../features/drills/run-table.tsx";
import { StopButton } from "../features/drills/stop-bar.tsx";
import { Refused } from "../features/session/refused.tsx";
import { useShortcuts } from "../features/shell/shortcuts.ts";
import { useWords } from "../words.ts";
import classes from "./list.module.css";

/** What may be broken on purpose, when, and how it went. */
export function Drills() {
  const t = useWords();
  const drills = useQuery(drillsQuery);
  const runs = useInfiniteQuery(drillRunsQuery());
  const [slug, setSlug] = useState<string | null>(null);
  const list = useRef<HTMLDivElement>(null);
  const more = () => {
    if (runs.hasNextPage && !runs.isFetchingNextPage) void runs.fetchNextPage();
  };
  const move = useRowKeys(list, more);
  useShortcuts({ j: () => move(1), k: () => move(-1) });
  const items = drills.data?.items ?? [];
  const rows = runs.data?.pages.flatMap((page) => page.items) ?? [];
  const tried = items.find(({ drill }) => drill.slug === slug)?.drill;
  return (
    <div className={classes.screen}>
      <title>{`${t("drills.title")} · Orderwatch`}</title>
      <div className={classes.head}>
        <h1 className={classes.title}>{t("drills.title")}</h1>
        <span className={classes.apart}>
          {drills.data?.stop.engaged === false && drills.data.running.length === 0 ? <StopButton /> : null}
        </span>
      </div>
      <p className={classes.intro}>{t("drills.intro")}</p>
      <Refused error={drills.error ?? runs.error} />
      <Calendar items={items} onTry={setSlug} />
      <Panel title={t("drills.list")} flush>
        {drills.isPending ? (
          <Empty title={t("app.loading")} />
        ) : (
          <div className={table.scroll}>
            <DrillTable items={items} onTry={setSlug} />
          </div>
        )}
      </Panel>
      <Panel title={t("drills.history")} flush>
        <div ref={list} className={table.scroll}>
          {runs.isPending ? (
            <Empty title={t("app.loading")} />
          ) : rows.length === 0 ? (
            <Empty title={t("drills.noRuns")}>{t("drills.noRunsText")}</Empty>
          ) : (
            <RunTable runs={rows} />
          )}
        </div>
        {runs.hasNextPage ? (
          <div className={table.more}>
            <Button variant="default" size="xs" loading={runs.isFetchingNextPage} onClick={more}>
              {t("drills.more")}
            </Button>
          </div>
        ) : null}
      </Panel>
      {tried === undefined ? null : <DryRunDialog drill={tried} onClose={() => setSlug(null)} />}
    </div>
  );
}
