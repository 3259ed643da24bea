import type { Ticket } from "@orderwatch/shared/ops/tickets.ts";
import { Link } from "@tanstack/react-router";
import { Panel } from "../../../ui/panel.tsx";
import { useFormats, useWords } from "../../words.ts";
import { callOutcomes, ticketStates } from "./lists.ts";
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
  "happened_again",
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

type Facts = Ticket["timeline"][number]["facts"];

const oneOf = <T extends string>(all: readonly T[], value: unknown): T | undefined =>
  all.find((each) => each === value);

/** What an entry says beyond its type: from what to what, whom, which. */
function useDetail(): (type: string, facts: Facts) => string | null {
  const t = useWords();
  const state = (value: unknown) => {
    const known = oneOf(ticketStates, value);
    return known === undefined ? String(value) : t(`ticket.state.${known}`);
  };
  const priority = (value: unknown) => {
    const known = oneOf(["1", "2", "3", "4"] as const, String(value));
    return known === undefined ? String(value) : t(`ticket.priority.${known}`);
  };
  return (type, facts) => {
    switch (type) {
      case "state_changed":
        return `${state(facts.from)} → ${state(facts.to)}`;
      case "prioritized":
        return `${priority(facts.from)} → ${priority(facts.to)}`;
      case "assigned":
        return facts.to == null ? null : `→ ${facts.to}`;
      case "released":
        return facts.from == null ? null : String(facts.from);
      case "due_missed": {
        const clock = oneOf(["first_response", "next_response", "resolution"] as const, facts.clock);
        return clock === undefined ? null : t(`ticket.clock.${clock}`);
      }
      case "handoff_offered":
      case "handoff_accepted":
      case "handoff_declined":
      case "handoff_timed_out":
      case "handoff_withdrawn": {
        const team = oneOf(["support", "engineering"] as const, facts.to);
        return team === undefined ? null : `→ ${t(`ticket.team.${team}`)}`;
      }
      case "call_tried": {
        const outcome = oneOf(callOutcomes, facts.outcome);
        return outcome === undefined ? null : t(`calls.outcome.${outcome}`);
      }
      case "rated":
        return facts.stars == null ? null : t("ticket.rated", { stars: Number(facts.stars) });
      case "linked_incident":
      case "unlinked_incident":
        return facts.incident == null ? null : `#${facts.incident}`;
      case "merged":
      case "merged_in":
      case "split":
        return facts.number == null ? null : `#${facts.number}`;
      default:
        return null;
    }
  };
}

/** Newest first, with the other tickets of the same order or thread. */
export function History({ ticket }: { ticket: Ticket }) {
  const t = useWords();
  const formats = useFormats();
  const detail = useDetail();
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
        {[...ticket.timeline].reverse().map(({ id, at, type, by, facts }) => (
          <li key={id}>
            <time dateTime={at}>{formats.recent(at, now)}</time>
            <span>
              {[word(type), detail(type, facts), by?.name].filter((each) => each != null).join(" · ")}
            </span>
          </li>
        ))}
      </ol>
    </Panel>
  );
}
