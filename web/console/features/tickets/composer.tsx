import { Button, NativeSelect, Textarea } from "@mantine/core";
import type { Ticket } from "@orderwatch/shared/ops/tickets.ts";
import { type FormEvent, lazy, Suspense, useRef, useState } from "react";
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
  const hasBuyer = ticket.conversationId !== null || ticket.orderId !== null;
  const mayReply = may("tickets.answer") && hasBuyer && ticket.mergedInto === null;
  const [isNote, setNote] = useState(!mayReply);
  const [text, setText] = useState("");
  const [thenState, setThenState] = useState<(typeof thenStates)[number]>("waiting_buyer");
  const [isPicking, setPicking] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const params = { id: ticket.id };
  const send = useTicketDeed(
    ticket.id,
    () =>
      isNote
        ? api.addTicketNote({ params, body: { text: text.trim() } })
        : api.replyTicket({ params, body: { text: text.trim(), thenState } }),
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
          {t(isNote ? "composer.addNote" : hasEnded(ticket.state) ? "composer.sendAnyway" : "composer.send")}
        </Button>
      </div>
      <Refused error={send.error} />
      <Suspense fallback={null}>
        {isPicking ? <AnswerPicker ticket={ticket} onClose={() => setPicking(false)} /> : null}
      </Suspense>
    </form>
  );
}
