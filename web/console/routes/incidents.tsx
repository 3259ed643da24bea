import { Button } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense, useRef, useState } from "react";
import { refusalOf } from "../../lib/api.ts";
import { Empty, Notice } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Segmented } from "../../ui/segmented.tsx";
import table from "../../ui/table.module.css";
import { useRowKeys } from "../../ui/use-row-keys.ts";
import { IncidentTable } from "../features/incidents/incident-table.tsx";
import { Learned } from "../features/incidents/learned.tsx";
import { byUrgency } from "../features/incidents/order.ts";
import { openIncidentsQuery, pastIncidentsQuery } from "../features/incidents/queries.ts";
import { useMay } from "../features/session/me.ts";
import { useShortcuts } from "../features/shell/shortcuts.ts";
import { useCodeWords, useFormats, useWords } from "../words.ts";
import classes from "./list.module.css";

const DeclareDialog = lazy(() =>
  import("../features/incidents/declare-dialog.tsx").then(({ DeclareDialog }) => ({
    default: DeclareDialog,
  })),
);
const route = getRouteApi("/shell/incidents");

/** What is wrong now, the most urgent first, and what was. */
export function Incidents() {
  const t = useWords();
  const formats = useFormats();
  const mayDeclare = useMay()("incidents.declare");
  const { level, declare } = route.useSearch();
  const navigate = route.useNavigate();
  const [declared, setDeclared] = useState(false);
  const close = () => {
    setDeclared(false);
    if (declare === true) void navigate({ search: level === undefined ? {} : { level }, replace: true });
  };
  const open = useQuery(openIncidentsQuery);
  const past = useInfiniteQuery(pastIncidentsQuery(level));
  const openRows = byUrgency(open.data?.items ?? []);
  const pastRows = past.data?.pages.flatMap((page) => page.items) ?? [];
  const list = useRef<HTMLDivElement>(null);
  const more = () => {
    if (past.hasNextPage && !past.isFetchingNextPage) void past.fetchNextPage();
  };
  const move = useRowKeys(list, more);
  useShortcuts({ j: () => move(1), k: () => move(-1) });
  return (
    <div className={classes.screen} ref={list}>
      <title>{`${t("incidents.title")} · Orderwatch`}</title>
      <div className={classes.head}>
        <h1 className={classes.title}>{t("incidents.title")}</h1>
        {mayDeclare ? (
          <Button className={classes.apart ?? ""} color="alarm" size="xs" onClick={() => setDeclared(true)}>
            {t("declare.open")}
          </Button>
        ) : null}
      </div>
      <Panel
        title={t("incidents.open")}
        note={
          openRows.length === 0 ? undefined : t("incidents.count", { count: formats.count(openRows.length) })
        }
        flush
      >
        <div className={table.scroll}>
          {open.isError && open.data === undefined ? (
            <Refused error={open.error} />
          ) : open.isPending ? (
            <Empty title={t("app.loading")} />
          ) : openRows.length === 0 ? (
            <Empty title={t("incidents.noneOpen")}>{t("incidents.noneOpenText")}</Empty>
          ) : (
            <IncidentTable incidents={openRows} kind="open" />
          )}
        </div>
      </Panel>
      <Panel
        title={t("incidents.past")}
        aside={
          <Segmented
            label={t("incidents.show")}
            value={level === undefined ? "all" : (String(level) as "1" | "2" | "3")}
            choices={(["all", "1", "2", "3"] as const).map((value) => ({
              value,
              label: value === "all" ? t("incidents.show.all") : t(`incident.level.${value}`),
            }))}
            onChange={(value) =>
              void navigate({
                search: value === "all" ? {} : { level: Number(value) as 1 | 2 | 3 },
                replace: true,
              })
            }
          />
        }
        flush
      >
        <div className={table.scroll}>
          {past.isError && past.data === undefined ? (
            <Refused error={past.error} />
          ) : past.isPending ? (
            <Empty title={t("app.loading")} />
          ) : pastRows.length === 0 ? (
            <Empty title={t("incidents.nonePast")}>{t("incidents.nonePastText")}</Empty>
          ) : (
            <IncidentTable incidents={pastRows} kind="past" />
          )}
        </div>
        {past.hasNextPage ? (
          <div className={table.more}>
            <Button variant="default" size="xs" loading={past.isFetchingNextPage} onClick={more}>
              {t("incidents.more")}
            </Button>
          </div>
        ) : null}
      </Panel>
      <Learned />
      <Suspense fallback={null}>
        {mayDeclare && (declared || declare === true) ? <DeclareDialog onClose={close} /> : null}
      </Suspense>
    </div>
  );
}

function Refused({ error }: { error: Error }) {
  const { problem } = useCodeWords();
  return (
    <div className={classes.notice}>
      <Notice level="bad" title={problem(refusalOf(error).code)}>
        {refusalOf(error).detail}
      </Notice>
    </div>
  );
}
