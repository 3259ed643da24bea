import { Button, NativeSelect, Textarea } from "@mantine/core";
import type { Ticket } from "@orderwatch/shared/ops/tickets.ts";
import { type FormEvent, lazy, Suspense, useRef, useState } from "react";
import { newId } from "../../../lib/new-id.ts";
import { Segmented } from "../../../ui/segmented.tsx";
import { api } from "../../api.ts";
import { useWords } from "../../words.ts";
import { useMay } from "../session/me.ts";
import { Refused } from "../session/refused.tsx";
import { useShortcuts } from "../shell/shortcuts.ts";
import classes from "./said.module.css";
import { useTicketDeed } from "./use-ticket.ts";
import { hasEnded } from "./views.ts";

const AnswerPicker = lazy(() =>
  import("./answer-picker.tsx").then(({ AnswerPicker }) => ({ default: AnswerPicker })),
);

const thenStates = ["waiting_buyer", "open", "resolved"] as const;

/** Where staff write: to the buyer, or to each other. Which of them it is stands on the button and colours the field. */
export function Composer({ ticket }: { ticket: Ticket }) {
  const t = useWords();
  const may = useMay();
  const isEnded = hasEnded(ticket.state);
  const mayReply =
    may("tickets.answer") &&
    ticket.orderId !== null &&
    ticket.mergedInto === null &&
    (!isEnded || may("tickets.act"));
  const [isNote, setNote] = useState(!mayReply);
  // Once what is written is for staff alone it stays so, whatever becomes of the ticket meanwhile.
  if (!mayReply && !isNote) setNote(true);
  // A text has its id before it is sent, so that sending it again after a lost answer says it once.
  const [{ text, messageId }, setDraft] = useState(() => ({ text: "", messageId: newId() }));
  const setText = (typed: string) => setDraft({ text: typed, messageId: newId() });
  const [thenState, setThenState] = useState<(typeof thenStates)[number]>("waiting_buyer");
  const [isPicking, setPicking] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const params = { id: ticket.id };
  const send = useTicketDeed(
    ticket.id,
    () =>
      isNote
        ? api.addTicketNote({ params, body: { text: text.trim() } })
        : api.replyTicket({
            params,
            body: {
              ...{ text: text.trim(), thenState, messageId, threadRevision: ticket.threadRevision },
              ...(isEnded ? { reopen: true } : {}),
            },
          }),
    () => setText(""),
  );
  useShortcuts({
    r: () => {
      if (mayReply) setNote(false);
      field.current?.focus();
    },
  });
  if (!may("tickets.note")) return null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() !== "" && !send.isPending) send.mutate(undefined);
  };
  return (
    <form onSubmit={submit} className={classes.composer} data-note={isNote || undefined}>
      <div className={classes.composerHead}>
        {mayReply ? (
          <Segmented
            label={t("composer.to")}
            value={isNote ? "note" : "reply"}
            choices={[
              { value: "reply", label: t("composer.reply") },
              { value: "note", label: t("composer.note") },
            ]}
            onChange={(value) => setNote(value === "note")}
          />
        ) : (
          <strong>{t("composer.note")}</strong>
        )}
        {mayReply && !isNote ? (
          <Button size="xs" variant="default" onClick={() => setPicking(true)}>
            {t("composer.answers")}
          </Button>
        ) : null}
      </div>
      <Textarea
        ref={field}
        aria-label={t(isNote ? "composer.note" : "composer.reply")}
        placeholder={t(isNote ? "composer.notePlaceholder" : "composer.replyPlaceholder")}
        value={text}
        maxLength={4_000}
        autosize
        minRows={3}
        maxRows={12}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <div className={classes.composerFoot}>
        {isNote ? (
          <span className={classes.only}>{t("composer.onlyStaff")}</span>
        ) : (
          <NativeSelect
            size="xs"
            aria-label={t("composer.then")}
            value={thenState}
            onChange={(event) =>
              setThenState(thenStates.find((each) => each === event.currentTarget.value) ?? "waiting_buyer")
            }
            data={thenStates.map((value) => ({ value, label: t(`composer.then.${value}`) }))}
          />
        )}
        <Button type="submit" size="xs" loading={send.isPending} disabled={text.trim() === ""}>
          {t(isNote ? "composer.addNote" : isEnded ? "composer.reopenAndSend" : "composer.send")}
        </Button>
      </div>
      {isEnded && !isNote ? <p className={classes.muted}>{t("composer.reopens")}</p> : null}
      {ticket.orderId === null ? <p className={classes.muted}>{t("composer.noThread")}</p> : null}
      <Refused error={send.error} />
      <Suspense fallback={null}>
        {isPicking ? <AnswerPicker ticket={ticket} onClose={() => setPicking(false)} /> : null}
      </Suspense>
    </form>
  );
}
