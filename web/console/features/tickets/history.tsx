import type { Ticket } from "@orderwatch/shared/ops/tickets.ts";
import { Link } from "@tanstack/react-router";
import { Panel } from "../../../ui/panel.tsx";
import { useFormats, useWords } from "../../words.ts";
import classes from "./tickets.module.css";

/** What happened to a ticket; those that say the same each time. */
const eventTypes = [
  "opened",
  "claimed",
  "assigned",
  "released",
  "replied",
  "buyer_wrote",
  "note_added",
  "state_changed",
  "resolved",
  "closed",
  "reopened",
  "rated",
  "prioritized",
  "due_missed",
  "handoff_offered",
  "handoff_accepted",
  "handoff_declined",
  "handoff_timed_out",
  "handoff_withdrawn",
  "call_wished",
  "call_planned",
  "call_tried",
  "call_cancelled",
  "merged",
  "merged_in",
  "split",
  "revealed",
  "linked_incident",
  "unlinked_incident",
  "progress_told",
  "outcome_told",
  "unowned_paged",
  "answer_used",
] as const;

/** Newest first, with the other tickets of the same order or thread. */
export function History({ ticket }: { ticket: Ticket }) {
  const t = useWords();
  const formats = useFormats();
  const now = new Date();
  const word = (type: string) => {
    const known = eventTypes.find((each) => each === type);
    return known === undefined ? type : t(`ticket.did.${known}`);
  };
  return (
    <Panel title={t("ticket.history")}>
      {ticket.related.length === 0 ? null : (
        <ul className={classes.related} aria-label={t("ticket.related")}>
          {ticket.related.map((other) => (
            <li key={other.id}>
              <Link to="/tickets/$id" params={{ id: other.id }}>
                #{other.number} · {t(`ticket.cause.${other.cause}`)}
              </Link>{" "}
              <span className={classes.muted}>{t(`ticket.state.${other.state}`)}</span>
            </li>
          ))}
        </ul>
      )}
      <ol className={classes.history}>
        {[...ticket.timeline].reverse().map(({ id, at, type, by }) => (
          <li key={id}>
            <time dateTime={at}>{formats.recent(at, now)}</time>
            <span>
              {word(type)}
              {by === null ? "" : ` · ${by.name}`}
            </span>
          </li>
        ))}
      </ol>
    </Panel>
  );
}
