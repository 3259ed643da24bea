import { Button } from "@mantine/core";
import type { RevealedContact } from "@orderwatch/shared/ops/ticket-work.ts";
import type { Ticket } from "@orderwatch/shared/ops/tickets.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Panel } from "../../../ui/panel.tsx";
import { api } from "../../api.ts";
import { useFormats, useWords } from "../../words.ts";
import { useMay } from "../session/me.ts";
import { CallWish } from "./best-time.tsx";
import { CallDialog } from "./call-dialog.tsx";
import { ReasonDialog } from "./reason-dialog.tsx";
import classes from "./tickets.module.css";
import { useTicketDeed } from "./use-ticket.ts";

type Call = Ticket["calls"][number];

/** How the buyer is reached: masked until somebody says why not, which stays in the audit log; and the calls to make. */
export function ContactPanel({ ticket }: { ticket: Ticket }) {
  const t = useWords();
  const formats = useFormats();
  const may = useMay();
  const queries = useQueryClient();
  const [isAsked, setAsked] = useState(false);
  const [call, setCall] = useState<Call | "new" | null>(null);
  const [clear, setClear] = useState<RevealedContact | null>(null);
  const reveal = useMutation({
    mutationFn: (reason: string) => api.revealContact({ params: { id: ticket.id }, body: { reason } }),
    onSuccess: (shown) => {
      setClear(shown);
      setAsked(false);
    },
    // It stands in the ticket's history now.
    onSettled: () => queries.invalidateQueries({ queryKey: ["ticket", ticket.id] }),
  });
  const [calledOff, setCalledOff] = useState<string | null>(null);
  const cancel = useTicketDeed(
    ticket.id,
    ({ callId, reason }: { callId: string; reason: string }) =>
      api.cancelCall({ params: { id: ticket.id, callId }, body: { reason } }),
    () => setCalledOff(null),
  );
  const { phone, email } = clear ?? ticket.contact;
  const phoneOf = ({ id, phone: masked }: Call) =>
    clear?.calls.find((each) => each.id === id)?.phone ?? masked;
  const hasContact = phone !== undefined || email !== undefined || ticket.calls.length > 0;
  const now = new Date();
  return (
    <Panel
      title={t("contact.title")}
      aside={
        may("tickets.reveal") && hasContact && clear === null ? (
          <Button size="compact-xs" variant="default" onClick={() => setAsked(true)}>
            {t("contact.reveal")}
          </Button>
        ) : undefined
      }
    >
      {hasContact ? (
        <dl className={classes.facts}>
          {phone === undefined ? null : (
            <div>
              <dt>{t("contact.phone")}</dt>
              <dd>{clear === null ? phone : <a href={`tel:${phone}`}>{phone}</a>}</dd>
            </div>
          )}
          {email === undefined ? null : (
            <div>
              <dt>{t("contact.email")}</dt>
              <dd>{email}</dd>
            </div>
          )}
        </dl>
      ) : (
        <p className={classes.muted}>{t("order.noContact")}</p>
      )}
      {ticket.calls.length === 0 ? null : (
        <ul className={classes.calls} aria-label={t("calls.title")}>
          {ticket.calls.map((each) => (
            <li key={each.id}>
              <strong>
                {t(`calls.state.${each.state}`)} · {phoneOf(each)}
              </strong>
              <CallWish call={each} />
              {each.state !== "open" || each.nextAt === null ? null : (
                <span className={classes.muted}>
                  {t("calls.next", { time: formats.recent(each.nextAt, now) })}
                </span>
              )}
              {each.attempts.map((attempt) => (
                <span key={attempt.at} className={classes.muted}>
                  {formats.recent(attempt.at, now)} · {attempt.by.name} ·{" "}
                  {t(`calls.outcome.${attempt.outcome}`)}
                  {attempt.note === null ? "" : ` · ${attempt.note}`}
                </span>
              ))}
              {each.state === "open" && may("tickets.act") ? (
                <span className={classes.deeds}>
                  <Button size="compact-xs" variant="default" onClick={() => setCall(each)}>
                    {t("calls.record")}
                  </Button>
                  <Button size="compact-xs" variant="default" onClick={() => setCalledOff(each.id)}>
                    {t("calls.cancel")}
                  </Button>
                </span>
              ) : null}
            </li>
          ))}
        </ul>
      )}
      {may("tickets.act") && hasContact ? (
        <Button size="xs" variant="default" onClick={() => setCall("new")}>
          {t("calls.plan")}
        </Button>
      ) : null}
      {isAsked ? (
        <ReasonDialog
          title={t("contact.reveal")}
          effect={t("contact.revealEffect")}
          isBusy={reveal.isPending}
          error={reveal.error}
          onReason={(reason) => reveal.mutate(reason)}
          onClose={() => setAsked(false)}
        />
      ) : null}
      {calledOff === null ? null : (
        <ReasonDialog
          title={t("calls.cancel")}
          effect={t("calls.cancelEffect")}
          isBusy={cancel.isPending}
          error={cancel.error}
          onReason={(reason) => cancel.mutate({ callId: calledOff, reason })}
          onClose={() => setCalledOff(null)}
        />
      )}
      {call === null ? null : <CallDialog ticket={ticket} call={call} onClose={() => setCall(null)} />}
    </Panel>
  );
}
