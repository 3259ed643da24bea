import { Button } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Empty } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Status } from "../../ui/status.tsx";
import table from "../../ui/table.module.css";
import { methods } from "../features/orders/search.ts";
import { Apart } from "../features/paths/apart.tsx";
import { Groups } from "../features/paths/groups.tsx";
import { PathFilters } from "../features/paths/path-filters.tsx";
import { PathFunnel } from "../features/paths/path-funnel.tsx";
import classes from "../features/paths/paths.module.css";
import { funnelQuery, visitsQuery } from "../features/paths/queries.ts";
import { devices, type PathsSearch } from "../features/paths/search.ts";
import { StopReasons } from "../features/paths/stop-reasons.tsx";
import { VisitList } from "../features/paths/visit-list.tsx";
import { productsQuery } from "../features/products/queries.ts";
import { Refused } from "../features/session/refused.tsx";
import { useFormats, useWords } from "../words.ts";
import list from "./list.module.css";

const route = getRouteApi("/shell/paths");

/** How far visits come, where they are lost, and which ones they are. */
export function Paths() {
  const t = useWords();
  const formats = useFormats();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  // Who came so close is the first to look at.
  const reached = search.reached ?? "checkout";
  const funnel = useQuery(funnelQuery(search));
  const found = funnel.data;
  const visits = useInfiniteQuery(visitsQuery(search, reached, found && { from: found.from, to: found.to }));
  const products = useQuery(productsQuery).data?.items ?? [];
  const nameOf = (sku: string) => products.find((each) => each.sku === sku)?.name ?? sku;
  const change = (next: PathsSearch) => void navigate({ search: next, replace: true, resetScroll: false });
  const rows = visits.data?.pages.flatMap((page) => page.items) ?? [];
  const now = new Date();
  const all = found?.steps[0]?.reached ?? 0;

  return (
    <div className={list.screen}>
      <title>{`${t("paths.title")} · Orderwatch`}</title>
      <h1 className={list.title}>{t("paths.title")}</h1>
      <p className={list.intro}>{t("paths.intro")}</p>
      <PathFilters search={search} products={products} onChange={change} />
      <Refused error={funnel.error ?? visits.error} />
      {found === undefined ? (
        funnel.isError ? null : (
          <Empty title={t("app.loading")} />
        )
      ) : (
        <>
          <div className={classes.badges}>
            <Status
              level={found.basis === "learning" ? "quiet" : "info"}
              title={t("paths.basis.learningHelp")}
            >
              {found.basis === "weeks"
                ? t("paths.basis.weeks", { count: found.weeks })
                : t(`paths.basis.${found.basis}`)}
            </Status>
            {found.simulated === 0 || all === 0 ? null : (
              <Status level="quiet" title={t("paths.simulatedHelp")}>
                {t("paths.simulated", { share: formats.percent(found.simulated / all) })}
              </Status>
            )}
          </div>
          <div className={classes.grid}>
            <Panel
              title={t("paths.funnel")}
              note={t("paths.until", {
                from: formats.recent(found.from, now),
                to: formats.clock(found.to),
              })}
              flush
            >
              {all === 0 ? (
                <Empty title={t("paths.none")}>{t("paths.noneText")}</Empty>
              ) : (
                <PathFunnel steps={found.steps} search={search} chosen={reached} />
              )}
            </Panel>
            <div className={classes.side}>
              <StopReasons reasons={found.reasons} search={search} />
              <Apart orders={found.orders} />
            </div>
          </div>
          <div className={classes.splits}>
            <Groups
              title={t("paths.products")}
              of={t("paths.product")}
              groups={found.products}
              first="product"
              search={search}
              nameOf={nameOf}
              chosen={(sku) => ({ sku })}
            />
            <div className={classes.side}>
              <Groups
                title={t("paths.devices")}
                of={t("paths.device")}
                groups={found.devices}
                first="visit"
                search={search}
                nameOf={(key) => t(`paths.device.${devices.find((each) => each === key) ?? "unknown"}`)}
                chosen={(key) => chosenOf("device", devices, key)}
              />
              <Groups
                title={t("paths.methods")}
                of={t("paths.method")}
                groups={found.methods}
                first="placed"
                search={search}
                nameOf={(key) => t(`method.${methods.find((each) => each === key) ?? "wechat"}`)}
                chosen={(key) => chosenOf("method", methods, key)}
              />
            </div>
          </div>
          <Panel id="visits" title={t(`paths.list.${reached}`)} flush>
            {visits.isPending ? (
              <Empty title={t("app.loading")} />
            ) : rows.length === 0 ? (
              <Empty title={t("paths.list.none")}>{t("paths.list.noneText")}</Empty>
            ) : (
              <VisitList visits={rows} nameOf={nameOf} />
            )}
            {visits.hasNextPage ? (
              <div className={table.more}>
                <Button
                  variant="default"
                  size="xs"
                  loading={visits.isFetchingNextPage}
                  onClick={() => void visits.fetchNextPage()}
                >
                  {t("paths.more")}
                </Button>
              </div>
            ) : null}
          </Panel>
        </>
      )}
    </div>
  );
}

function chosenOf<Name extends "device" | "method">(
  name: Name,
  known: readonly NonNullable<PathsSearch[Name]>[],
  key: string,
): PathsSearch {
  const value = known.find((each) => each === key);
  return value === undefined ? {} : { [name]: value };
}
