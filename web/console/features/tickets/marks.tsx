import type { TicketClock, TicketPriority, TicketRow, TicketState } from "@orderwatch/shared/ops/tickets.ts";
import { type Level, Status } from "../../../ui/status.tsx";
import { useWords } from "../../words.ts";
import { clockFace, countdown } from "../incidents/countdown.ts";
import { useNow } from "../incidents/use-now.ts";
import classes from "./tickets.module.css";

const stateLevels: Record<TicketState, Level> = {
  new: "warn",
  open: "info",
  waiting_buyer: "quiet",
  waiting_engineering: "info",
  resolved: "ok",
  closed: "quiet",
};

export function StateMark({ state }: { state: TicketState }) {
  const t = useWords();
  return <Status level={stateLevels[state]}>{t(`ticket.state.${state}`)}</Status>;
}

const priorityLevels: Record<TicketPriority, Level> = { 1: "bad", 2: "warn", 3: "info", 4: "quiet" };

export function PriorityMark({ priority }: { priority: TicketPriority }) {
  const t = useWords();
  return <Status level={priorityLevels[priority]}>{t(`ticket.priority.${priority}`)}</Status>;
}

/** The deadline that matters now, as what is left of it. */
export function DueMark({ ticket }: { ticket: Pick<TicketRow, "clocks" | "openedAt"> }) {
  const now = useNow();
  const t = useWords();
  const running = ticket.clocks.filter(({ dueAt, metAt }) => dueAt !== null && metAt === null);
  const next = running.reduce<TicketClock | null>(
    (first, each) => (first === null || (each.dueAt ?? "") < (first.dueAt ?? "") ? each : first),
    null,
  );
  if (next?.dueAt == null) return <span className={classes.muted}>{t("ticket.clock.paused")}</span>;
  const shown = countdown({ dueAt: next.dueAt }, ticket.openedAt, now);
  return (
    <span className={classes.due} data-urgency={shown.urgency}>
      {t(`ticket.clock.${next.kind}`)} <b>{clockFace(shown)}</b>
    </span>
  );
}
