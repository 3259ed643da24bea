import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, useRouterState } from "@tanstack/react-router";
import { useCallback, useEffect, useRef, useState } from "react";
import { refusalOf } from "../../lib/api.ts";
import { Empty, Notice } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import table from "../../ui/table.module.css";
import { useRowKeys } from "../../ui/use-row-keys.ts";
import { Filters, SearchField } from "../features/orders/filters.tsx";
import { OrderTable } from "../features/orders/order-table.tsx";
import { ordersQuery } from "../features/orders/queries.ts";
import { isOrderId, type OrderFilters } from "../features/orders/search.ts";
import { useShortcuts } from "../features/shell/shortcuts.ts";
import { useCodeWords, useFormats, useWords } from "../words.ts";
import classes from "./list.module.css";

declare module "@tanstack/react-router" {
  interface HistoryState {
    /** What was typed into the search of Orders; not in the address, since it may be personal. */
    ordersText?: string;
  }
}

const route = getRouteApi("/shell/orders");
const typingPauseMs = 300;

/** Finds orders by anything. */
export function Orders() {
  const t = useWords();
  const formats = useFormats();
  const { problem } = useCodeWords();
  const filters = route.useSearch();
  const navigate = route.useNavigate();
  const committed = useRouterState({ select: ({ location }) => location.state.ordersText ?? "" });
  const [text, setText] = useState(committed);
  useEffect(() => setText(committed), [committed]);

  const go = useCallback(
    (next: { filters?: OrderFilters; text?: string }) =>
      void navigate({
        search: next.filters ?? ((known: OrderFilters) => known),
        state: { ordersText: next.text ?? committed },
        replace: true,
        resetScroll: false,
      }),
    [navigate, committed],
  );
  useEffect(() => {
    if (text === committed) return;
    const timer = setTimeout(() => go({ text }), typingPauseMs);
    return () => clearTimeout(timer);
  }, [text, committed, go]);

  const orders = useInfiniteQuery(ordersQuery(committed, filters));
  const rows = orders.data?.pages.flatMap((page) => page.items) ?? [];
  const list = useRef<HTMLDivElement>(null);
  const more = () => {
    if (orders.hasNextPage && !orders.isFetchingNextPage) void orders.fetchNextPage();
  };
  const move = useRowKeys(list, more);
  useShortcuts({
    j: () => move(1),
    k: () => move(-1),
    "/": () => document.getElementById("orders-search")?.focus(),
  });

  const submit = () => {
    const typed = text.trim();
    if (isOrderId(typed)) void navigate({ to: "/orders/$id", params: { id: typed.toLowerCase() } });
    else go({ text });
  };

  return (
    <div className={classes.screen}>
      <title>{`${t("orders.title")} · Orderwatch`}</title>
      <h1 className={classes.title}>{t("orders.title")}</h1>
      <search className={classes.tools}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            submit();
          }}
        >
          <SearchField value={text} onChange={setText} />
        </form>
        <Filters filters={filters} onChange={(changed) => go({ filters: changed })} />
      </search>
      <Panel
        title={t("orders.list")}
        note={rows.length === 0 ? undefined : t("orders.shown", { count: formats.count(rows.length) })}
        aside={
          <Button
            variant="default"
            size="compact-xs"
            loading={orders.isFetching}
            onClick={() => void orders.refetch()}
          >
            {t("orders.refresh")}
          </Button>
        }
        flush
      >
        <div ref={list} className={`${table.scroll} ${classes.list}`}>
          {orders.isError ? (
            <div className={classes.notice}>
              <Notice level="bad" title={problem(refusalOf(orders.error).code)}>
                {refusalOf(orders.error).detail}
              </Notice>
            </div>
          ) : orders.isPending ? (
            <Empty title={t("app.loading")} />
          ) : rows.length === 0 ? (
            <Empty title={t("orders.none")}>{t("orders.noneText")}</Empty>
          ) : (
            <OrderTable orders={rows} />
          )}
        </div>
        {orders.hasNextPage ? (
          <div className={table.more}>
            <Button variant="default" size="xs" loading={orders.isFetchingNextPage} onClick={more}>
              {t("orders.more")}
            </Button>
          </div>
        ) : null}
      </Panel>
    </div>
  );
}
