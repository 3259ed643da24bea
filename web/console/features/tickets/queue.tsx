import type { TicketRow } from "@orderwatch/shared/ops/tickets.ts";
import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { useCodeWords, useFormats, useSaid, useWords } from "../../words.ts";
import { kindOfCode, notCompared } from "../reconciliation/group.ts";
import { DueMark, PriorityMark, StateMark } from "./marks.tsx";
import classes from "./tickets.module.css";
import type { TicketsSearch } from "./views.ts";

/** Tickets as they are to be taken: the most urgent, and of these the oldest, first. */
export const Queue = memo(function Queue({
  tickets,
  open,
  search,
}: {
  tickets: readonly TicketRow[];
  /** The one that is shown beside. */
  open: string | undefined;
  search: TicketsSearch;
}) {
  const t = useWords();
  const say = useSaid();
  const formats = useFormats();
  const { problem } = useCodeWords();
  const reason = (code: string) => {
    if (code === notCompared) return t("ticket.notCompared");
    const difference = kindOfCode(code);
    return difference === undefined ? problem(code) : t(`difference.kind.${difference}`);
  };
  const now = new Date();
  return (
    <ul className={classes.queue}>
      {tickets.map((ticket) => (
        <li key={ticket.id}>
          <Link
            to="/tickets/$id"
            params={{ id: ticket.id }}
            search={search}
            data-row
            aria-current={ticket.id === open ? "true" : undefined}
            className={classes.row ?? ""}
          >
            <span className={classes.rowHead}>
              <PriorityMark priority={ticket.priority} />
              <span className={classes.number}>#{ticket.number}</span>
              {ticket.unanswered ? (
                <span className={classes.unanswered}>{t("ticket.unanswered")}</span>
              ) : null}
              <time dateTime={ticket.openedAt} className={classes.when}>
                {formats.recent(ticket.openedAt, now)}
              </time>
            </span>
            <span className={classes.subject}>{say(ticket.subject)}</span>
            {ticket.sku === null && ticket.code === null ? null : (
              <span className={classes.muted}>
                {[ticket.sku, ticket.code === null ? null : reason(ticket.code)]
                  .filter((each) => each !== null)
                  .join(" · ")}
              </span>
            )}
            <span className={classes.rowFoot}>
              <StateMark state={ticket.state} />
              <span className={classes.muted}>
                {ticket.assignee?.name ?? t(`ticket.nobody.${ticket.team}`)}
              </span>
              {ticket.origin === "buyer" ? null : (
                <span className={classes.origin}>{t(`origin.${ticket.origin}`)}</span>
              )}
            </span>
            {ticket.state === "resolved" || ticket.state === "closed" ? null : <DueMark ticket={ticket} />}
          </Link>
        </li>
      ))}
    </ul>
  );
});
