import { Button } from "@mantine/core";
import type { Ticket } from "@orderwatch/shared/ops/tickets.ts";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { LevelIcon } from "../../../ui/status.tsx";
import { api } from "../../api.ts";
import { useFormats, useSaid, useWords } from "../../words.ts";
import { clockFace, countdown } from "../incidents/countdown.ts";
import { urgencies } from "../incidents/marks.tsx";
import { useNow } from "../incidents/use-now.ts";
import { useMay, useMe } from "../session/me.ts";
import { Refused } from "../session/refused.tsx";
import { useShortcuts } from "../shell/shortcuts.ts";
import type { AskedOfTicket } from "./deed-dialog.tsx";
import { PriorityMark, StateMark } from "./marks.tsx";
import classes from "./tickets.module.css";
import { useTicketDeed } from "./use-ticket.ts";
import { hasEnded } from "./views.ts";

const DeedDialog = lazy(() =>
  import("./deed-dialog.tsx").then(({ DeedDialog }) => ({ default: DeedDialog })),
);

/** What a ticket is about, who has it until when, and what can be done with it; `c` claims. */
export function TicketHead({ ticket }: { ticket: Ticket }) {
  const t = useWords();
  const say = useSaid();
  const may = useMay();
  const me = useMe();
  const [asked, setAsked] = useState<AskedOfTicket | null>(null);
  const { id, assignee } = ticket;
  const claim = useTicketDeed(id, () => api.claimTicket({ params: { id } }));
  const release = useTicketDeed(id, () => api.releaseTicket({ params: { id } }));
  const isActive = !hasEnded(ticket.state);
  const mayClaim = may("tickets.act") && assignee === null && isActive;
  useShortcuts({
    c: () => {
      if (mayClaim && !claim.isPending) claim.mutate(undefined);
    },
  });
  const deed = (kind: AskedOfTicket, isFirst = false) => (
    <Button size="xs" variant={isFirst ? "filled" : "default"} onClick={() => setAsked(kind)}>
      {t(`ticket.do.${kind}`)}
    </Button>
  );
  const mine = assignee?.id === me.id;
  const maySettle = may("tickets.act") && isActive;
  return (
    <header className={classes.ticketHead}>
      <div className={classes.titleLine}>
        <h2 className={classes.title}>
          #{ticket.number} {say(ticket.subject)}
        </h2>
      </div>
      <div className={classes.marks}>
        <PriorityMark priority={ticket.priority} />
        <StateMark state={ticket.state} />
        <span className={classes.muted}>
          {assignee === null
            ? t(`ticket.nobody.${ticket.team}`)
            : t("ticket.with", { name: assignee.name, team: t(`ticket.team.${ticket.team}`) })}
        </span>
        {ticket.origin === "buyer" ? null : (
          <span className={classes.origin}>{t(`origin.${ticket.origin}`)}</span>
        )}
        {ticket.reopened === 0 ? null : (
          <span className={classes.origin}>{t("ticket.reopened", { count: ticket.reopened })}</span>
        )}
        {ticket.rating === null ? null : (
          <span className={classes.origin}>{t("ticket.rated", { stars: ticket.rating })}</span>
        )}
        {ticket.ratingNote === null ? null : <q className={classes.ratingNote}>{ticket.ratingNote}</q>}
      </div>
      {ticket.incidentDetail === null ? null : (
        <Link
          to="/incidents/$id"
          params={{ id: ticket.incidentDetail.id }}
          className={classes.incident ?? ""}
        >
          {t("ticket.partOf", {
            number: ticket.incidentDetail.number,
            title: say(ticket.incidentDetail.title),
          })}
        </Link>
      )}
      {ticket.mergedInto === null ? null : (
        <Link to="/tickets/$id" params={{ id: ticket.mergedInto }} className={classes.incident ?? ""}>
          {t("ticket.mergedInto")}
        </Link>
      )}
      {isActive ? <Deadlines ticket={ticket} /> : null}
      <div className={classes.deeds}>
        {mayClaim ? (
          <Button
            size="xs"
            loading={claim.isPending}
            aria-keyshortcuts="c"
            onClick={() => claim.mutate(undefined)}
          >
            {t("ticket.do.claim")}
            <kbd className={classes.key}>c</kbd>
          </Button>
        ) : null}
        {maySettle ? deed("resolve") : null}
        {may("tickets.note") && isActive && ticket.handoff === null ? deed("handoff") : null}
        {maySettle ? deed("assign") : null}
        {mine && isActive ? (
          <Button
            size="xs"
            variant="default"
            loading={release.isPending}
            onClick={() => release.mutate(undefined)}
          >
            {t("ticket.do.release")}
          </Button>
        ) : null}
        {maySettle ? deed("priority") : null}
        {maySettle ? deed("split") : null}
        {maySettle && ticket.related.length > 0 ? deed("merge") : null}
        {may("tickets.act") && ticket.transitions.includes("open") && !isActive ? deed("reopen", true) : null}
      </div>
      <Refused error={claim.error ?? release.error} />
      <Suspense fallback={null}>
        {asked === null ? null : <DeedDialog ticket={ticket} kind={asked} onClose={() => setAsked(null)} />}
      </Suspense>
    </header>
  );
}

/** Each promise with what is left of it. */
function Deadlines({ ticket }: { ticket: Ticket }) {
  const t = useWords();
  const formats = useFormats();
  const now = useNow();
  return (
    <ul className={classes.clocks}>
      {ticket.clocks.map(({ kind, dueAt, leftMs, metAt }) => {
        const shown = dueAt === null ? null : countdown({ dueAt, metAt }, ticket.openedAt, now);
        const urgency = shown?.urgency ?? "calm";
        return (
          <li key={kind} data-urgency={urgency}>
            <LevelIcon level={metAt !== null ? "ok" : shown === null ? "quiet" : urgencies[urgency]} />
            <span>{t(`ticket.clock.${kind}`)}</span>
            <b role="timer" aria-live="off">
              {metAt !== null
                ? t("ticket.clock.met")
                : shown === null
                  ? leftMs === null
                    ? "–"
                    : t("ticket.clock.left", { time: formats.duration(leftMs) })
                  : clockFace(shown)}
            </b>
          </li>
        );
      })}
    </ul>
  );
}
