import { Button, TextInput } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useRouterState, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { refusalOf } from "../../lib/api.ts";
import { Empty, Notice } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import table from "../../ui/table.module.css";
import { useRowKeys } from "../../ui/use-row-keys.ts";
import { useMay } from "../features/session/me.ts";
import { Refused } from "../features/session/refused.tsx";
import { useShortcuts } from "../features/shell/shortcuts.ts";
import { Composer } from "../features/tickets/composer.tsx";
import { ContactPanel } from "../features/tickets/contact.tsx";
import { Context } from "../features/tickets/context.tsx";
import { ExportButton } from "../features/tickets/export-button.tsx";
import { HandoffOffer } from "../features/tickets/handoff.tsx";
import { History } from "../features/tickets/history.tsx";
import { ticketCountsQuery, ticketQuery, ticketsQuery } from "../features/tickets/queries.ts";
import { Queue } from "../features/tickets/queue.tsx";
import { Thread } from "../features/tickets/thread.tsx";
import { TicketHead } from "../features/tickets/ticket-head.tsx";
import { TicketIncident } from "../features/tickets/ticket-incident.tsx";
import { TicketOrder } from "../features/tickets/ticket-order.tsx";
import tickets from "../features/tickets/tickets.module.css";
import { useTicketFeed } from "../features/tickets/use-ticket-feed.ts";
import { type TicketsSearch, ticketViews } from "../features/tickets/views.ts";
import { useCodeWords, useFormats, useWords } from "../words.ts";
import list from "./list.module.css";

declare module "@tanstack/react-router" {
  interface HistoryState {
    /** What was typed into the search of Tickets; not in the address, since it may be personal. */
    ticketsText?: string;
  }
}

const OpenTicketDialog = lazy(() =>
  import("../features/tickets/open-dialog.tsx").then(({ OpenTicketDialog }) => ({
    default: OpenTicketDialog,
  })),
);
const typingPauseMs = 300;

/** The queue, the ticket, and its whole order, beside each other; on a phone one after the other. */
export function Tickets() {
  const t = useWords();
  const { id } = useParams({ strict: false });
  useTicketFeed(true);
  return (
    <div className={`${list.screen} ${tickets.screen}`} data-open={id !== undefined || undefined}>
      {id === undefined ? <title>{`${t("tickets.title")} · Orderwatch`}</title> : null}
      <QueuePane open={id} />
      {id === undefined ? (
        <div className={tickets.nothing}>
          <Empty title={t("tickets.choose")}>{t("tickets.chooseText")}</Empty>
        </div>
      ) : (
        <TicketPane key={id} id={id} />
      )}
    </div>
  );
}

function QueuePane({ open }: { open: string | undefined }) {
  const t = useWords();
  const formats = useFormats();
  const { problem } = useCodeWords();
  const mayOpen = useMay()("tickets.act");
  const navigate = useNavigate();
  const search: TicketsSearch = useSearch({ strict: false });
  const committed = useRouterState({ select: ({ location }) => location.state.ticketsText ?? "" });
  const [text, setText] = useState(committed);
  const [isOpening, setOpening] = useState(false);
  useEffect(() => setText(committed), [committed]);
  useEffect(() => {
    if (text === committed) return;
    const timer = setTimeout(
      () =>
        void navigate({
          to: ".",
          search: (known: TicketsSearch) => known,
          state: { ticketsText: text.trim() },
          replace: true,
          resetScroll: false,
        }),
      typingPauseMs,
    );
    return () => clearTimeout(timer);
  }, [text, committed, navigate]);

  const found = useInfiniteQuery(ticketsQuery(search, committed));
  const counts = useQuery(ticketCountsQuery).data;
  const rows = found.data?.pages.flatMap((page) => page.items) ?? [];
  const pane = useRef<HTMLDivElement>(null);
  const more = () => {
    if (found.hasNextPage && !found.isFetchingNextPage) void found.fetchNextPage();
  };
  const move = useRowKeys(pane, more);
  useShortcuts({
    j: () => move(1),
    k: () => move(-1),
    "/": () => document.getElementById("tickets-search")?.focus(),
  });
  const view = search.view ?? "active";
  const countOf = {
    mine: counts?.mine,
    unowned: counts?.unowned,
    overdue: counts?.overdue,
    active: counts?.active,
  };
  return (
    <div className={tickets.queuePane} ref={pane}>
      <div className={list.head}>
        <h1 className={list.title}>{t("tickets.title")}</h1>
        {mayOpen ? (
          <Button className={list.apart ?? ""} size="xs" variant="default" onClick={() => setOpening(true)}>
            {t("tickets.open")}
          </Button>
        ) : null}
      </div>
      <search className={tickets.search}>
        <TextInput
          id="tickets-search"
          type="search"
          aria-label={t("tickets.search")}
          placeholder={t("tickets.searchPlaceholder")}
          value={text}
          maxLength={254}
          autoComplete="off"
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <nav className={tickets.views} aria-label={t("tickets.views")}>
          {ticketViews.map((each) => {
            const count = each in countOf ? countOf[each as keyof typeof countOf] : undefined;
            return (
              <Link
                key={each}
                to="/tickets"
                search={{ ...search, view: each }}
                aria-current={each === view && committed === "" ? "page" : undefined}
                className={tickets.view ?? ""}
              >
                {t(`tickets.view.${each}`)}
                {count === undefined || count === 0 ? null : <b>{formats.count(count)}</b>}
              </Link>
            );
          })}
        </nav>
        {search.incidentId === undefined && search.orderId === undefined ? null : (
          <Link to="/tickets" search={search.view === undefined ? {} : { view: search.view }}>
            {t(search.incidentId === undefined ? "tickets.notOnlyOrder" : "tickets.notOnlyIncident")}
          </Link>
        )}
      </search>
      <Panel title={t(committed === "" ? `tickets.view.${view}` : "tickets.found")} flush>
        {found.isError && found.data === undefined ? (
          <Notice level="bad" title={problem(refusalOf(found.error).code)}>
            {refusalOf(found.error).detail}
          </Notice>
        ) : found.isPending ? (
          <Empty title={t("app.loading")} />
        ) : rows.length === 0 ? (
          <Empty title={t(committed === "" ? "tickets.none" : "tickets.notFound")}>
            {t(committed === "" ? "tickets.noneText" : "tickets.notFoundText")}
          </Empty>
        ) : (
          <Queue tickets={rows} open={open} search={search} />
        )}
        {mayOpen && rows.length > 0 ? (
          <div className={table.more}>
            <ExportButton search={search} text={committed} />
          </div>
        ) : null}
        {found.hasNextPage ? (
          <div className={table.more}>
            <Button variant="default" size="xs" loading={found.isFetchingNextPage} onClick={more}>
              {t("orders.more")}
            </Button>
          </div>
        ) : null}
      </Panel>
      <Suspense fallback={null}>
        {isOpening ? <OpenTicketDialog onClose={() => setOpening(false)} /> : null}
      </Suspense>
    </div>
  );
}

function TicketPane({ id }: { id: string }) {
  const t = useWords();
  const search: TicketsSearch = useSearch({ strict: false });
  const { data: ticket, error } = useQuery(ticketQuery(id));
  const number = ticket === undefined ? "" : ` #${ticket.number}`;
  return (
    <>
      <div className={tickets.ticketPane}>
        <title>{`${t("tickets.title")}${number} · Orderwatch`}</title>
        <Link to="/tickets" search={search} className={`${list.back} ${tickets.back}`}>
          ‹ {t("tickets.title")}
        </Link>
        {ticket === undefined ? (
          error === null ? (
            <Empty title={t("app.loading")} />
          ) : (
            <Refused error={error} />
          )
        ) : (
          <>
            <TicketHead ticket={ticket} />
            <HandoffOffer ticket={ticket} />
            <Thread ticket={ticket} />
            <Composer ticket={ticket} />
          </>
        )}
      </div>
      <div className={tickets.orderPane}>
        {ticket === undefined ? null : (
          <>
            <ContactPanel ticket={ticket} />
            <TicketIncident ticket={ticket} />
            <TicketOrder ticket={ticket} />
            <Context ticket={ticket} />
            <History ticket={ticket} />
          </>
        )}
      </div>
    </>
  );
}
