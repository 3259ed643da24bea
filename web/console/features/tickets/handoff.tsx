import { Button } from "@mantine/core";
import type { Ticket } from "@orderwatch/shared/ops/tickets.ts";
import { lazy, Suspense, useState } from "react";
import { Notice } from "../../../ui/notice.tsx";
import { api } from "../../api.ts";
import { useWords } from "../../words.ts";
import { clockFace, countdown } from "../incidents/countdown.ts";
import { useNow } from "../incidents/use-now.ts";
import { useMay, useMe } from "../session/me.ts";
import { Refused } from "../session/refused.tsx";
import { useTicketDeed } from "./use-ticket.ts";

const DeedDialog = lazy(() =>
  import("./deed-dialog.tsx").then(({ DeedDialog }) => ({ default: DeedDialog })),
);

/** An offer that waits: what it says, until when, and who may take it up. It can be left to no one. */
export function HandoffOffer({ ticket }: { ticket: Ticket }) {
  const t = useWords();
  const me = useMe();
  const may = useMay();
  const now = useNow();
  const [isDeclining, setDeclining] = useState(false);
  const params = { id: ticket.id };
  const accept = useTicketDeed(ticket.id, () => api.answerHandoff({ params, body: { accept: true } }));
  const withdraw = useTicketDeed(ticket.id, () => api.withdrawHandoff({ params }));
  const offer = ticket.handoff;
  if (offer === null) return null;
  const isOwn = offer.offeredBy.id === me.id;
  const mayAnswer = may(offer.to === "engineering" ? "tickets.engineer" : "tickets.act");
  return (
    <Notice
      level="warn"
      title={t("handoff.offered", { team: t(`ticket.team.${offer.to}`), name: offer.offeredBy.name })}
      actions={
        <>
          {mayAnswer ? (
            <>
              <Button size="xs" loading={accept.isPending} onClick={() => accept.mutate(undefined)}>
                {t("handoff.accept")}
              </Button>
              <Button size="xs" variant="default" onClick={() => setDeclining(true)}>
                {t("ticket.do.decline")}
              </Button>
            </>
          ) : null}
          {isOwn ? (
            <Button
              size="xs"
              variant="default"
              loading={withdraw.isPending}
              onClick={() => withdraw.mutate(undefined)}
            >
              {t("handoff.withdraw")}
            </Button>
          ) : null}
          <Refused error={accept.error ?? withdraw.error} />
          <Suspense fallback={null}>
            {isDeclining ? (
              <DeedDialog ticket={ticket} kind="decline" onClose={() => setDeclining(false)} />
            ) : null}
          </Suspense>
        </>
      }
    >
      {offer.note}
      <br />
      {t("handoff.until", {
        time: clockFace(countdown({ dueAt: offer.dueAt }, offer.offeredAt, now)),
      })}
    </Notice>
  );
}
