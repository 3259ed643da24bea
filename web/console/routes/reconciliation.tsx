import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useRef } from "react";
import { refusalOf } from "../../lib/api.ts";
import { Empty, Notice } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import table from "../../ui/table.module.css";
import { useRowKeys } from "../../ui/use-row-keys.ts";
import { runsQuery } from "../features/reconciliation/queries.ts";
import { RunTable } from "../features/reconciliation/run-table.tsx";
import { StartForm } from "../features/reconciliation/start-form.tsx";
import { useMay } from "../features/session/me.ts";
import { useShortcuts } from "../features/shell/shortcuts.ts";
import { useCodeWords, useWords } from "../words.ts";
import classes from "./list.module.css";

/** The payment companies' bills against our rows, day by day. */
export function Reconciliation() {
  const t = useWords();
  const { problem } = useCodeWords();
  const navigate = useNavigate();
  const mayAct = useMay()("reconciliation.act");
  const runs = useInfiniteQuery(runsQuery);
  const rows = runs.data?.pages.flatMap((page) => page.items) ?? [];
  const list = useRef<HTMLDivElement>(null);
  const more = () => {
    if (runs.hasNextPage && !runs.isFetchingNextPage) void runs.fetchNextPage();
  };
  const move = useRowKeys(list, more);
  useShortcuts({ j: () => move(1), k: () => move(-1) });
  return (
    <div className={classes.screen}>
      <title>{`${t("recon.title")} · Orderwatch`}</title>
      <h1 className={classes.title}>{t("recon.title")}</h1>
      <p className={classes.intro}>{t("recon.intro")}</p>
      {mayAct ? (
        <Panel title={t("recon.compare")}>
          <StartForm onStarted={(id) => void navigate({ to: "/reconciliation/$id", params: { id } })} />
        </Panel>
      ) : null}
      <Panel title={t("recon.runs")} flush>
        <div ref={list} className={table.scroll}>
          {runs.isError && runs.data === undefined ? (
            <div className={classes.notice}>
              <Notice level="bad" title={problem(refusalOf(runs.error).code)}>
                {refusalOf(runs.error).detail}
              </Notice>
            </div>
          ) : runs.isPending ? (
            <Empty title={t("app.loading")} />
          ) : rows.length === 0 ? (
            <Empty title={t("recon.none")}>{t("recon.noneText")}</Empty>
          ) : (
            <RunTable runs={rows} />
          )}
        </div>
        {runs.hasNextPage ? (
          <div className={table.more}>
            <Button variant="default" size="xs" loading={runs.isFetchingNextPage} onClick={more}>
              {t("recon.more")}
            </Button>
          </div>
        ) : null}
      </Panel>
    </div>
  );
}
