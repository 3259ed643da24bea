import { NativeSelect, Textarea, TextInput } from "@mantine/core";
import type { Ticket } from "@orderwatch/shared/ops/tickets.ts";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { FormDialog, textOf } from "../../../ui/form-dialog.tsx";
import { api } from "../../api.ts";
import { useWords } from "../../words.ts";
import { Refused } from "../session/refused.tsx";
import { priorities } from "./lists.ts";
import { agentsQuery } from "./queries.ts";
import { useTicketDeed } from "./use-ticket.ts";
import { WrittenSince } from "./written-since.tsx";

export type AskedOfTicket =
  | "resolve"
  | "reopen"
  | "handoff"
  | "decline"
  | "assign"
  | "priority"
  | "split"
  | "merge";

/** Words without which a deed is refused; asked for here, before the server has to. */
const needsText: readonly AskedOfTicket[] = ["reopen", "handoff", "decline", "split"];

/** Asks for what a deed needs, says what will follow, and does it. */
export function DeedDialog({
  ticket,
  kind,
  onClose,
}: {
  ticket: Ticket;
  kind: AskedOfTicket;
  onClose: () => void;
}) {
  const t = useWords();
  const { id } = ticket;
  const params = { id };
  // Without an order no page would show a last word; what is said then is why, and stays among staff.
  const isSilent = kind === "resolve" && ticket.orderId === null;
  const lastWord = (text: string) =>
    text === "" ? {} : isSilent ? { reason: text.slice(0, 500) } : { text };
  const agents = useQuery({ ...agentsQuery, enabled: kind === "assign" });
  const [isMissing, setMissing] = useState(false);
  const deed = useTicketDeed(
    id,
    (form: FormData) => {
      const text = textOf(form, "text");
      const choice = textOf(form, "choice");
      const optional = text === "" ? {} : { reason: text };
      switch (kind) {
        case "resolve":
          return api.resolveTicket({
            params,
            body: { ...lastWord(text), threadRevision: ticket.threadRevision },
          });
        case "reopen":
          return api.reopenTicket({ params, body: { reason: text } });
        case "handoff":
          return api.handoffTicket({ params, body: { note: text } });
        case "decline":
          return api.answerHandoff({ params, body: { accept: false, reason: text } });
        case "assign":
          return api.assignTicket({
            params,
            body: { staffId: choice === "" ? null : choice, ...(text === "" ? {} : { note: text }) },
          });
        case "priority": {
          const priority = priorities.find((each) => String(each) === choice) ?? ticket.priority;
          return api.prioritizeTicket({ params, body: { priority, ...optional } });
        }
        case "split":
          return api.splitTicket({ params, body: { subject: text, claim: true } });
        case "merge":
          return api.mergeTicket({ params, body: { into: choice, ...optional } });
      }
    },
    onClose,
  );
  const submit = (form: FormData) => {
    const isEmpty = needsText.includes(kind) && textOf(form, "text") === "";
    setMissing(isEmpty);
    if (!isEmpty) deed.mutate(form);
  };
  const label = t(isSilent ? "ticket.ask.resolveSilently" : `ticket.ask.${kind}`);
  // Reasons that stay in the audit log are short.
  const maxLength = kind === "reopen" || kind === "merge" ? 500 : 2_000;
  const field = { name: "text", label, error: isMissing ? t("ticket.ask.missing") : null, maxLength };
  return (
    <FormDialog
      title={`${t(`ticket.do.${kind}`)} · #${ticket.number}`}
      effect={t(isSilent ? "ticket.effect.resolveSilently" : `ticket.effect.${kind}`)}
      action={t(`ticket.do.${kind}`)}
      cancel={t("app.cancel")}
      isBusy={deed.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      {kind === "assign" ? (
        <NativeSelect
          key={agents.data === undefined ? "" : "known"}
          name="choice"
          label={t("ticket.ask.person")}
          defaultValue={ticket.assignee?.id ?? ""}
          data={[
            { value: "", label: t("ticket.ask.queue") },
            ...(agents.data?.items ?? []).map(({ id: value, name, load, capacity }) => ({
              value,
              label: t("ticket.ask.agent", { name, load, capacity }),
            })),
          ]}
        />
      ) : null}
      {kind === "priority" ? (
        <NativeSelect
          name="choice"
          label={t("ticket.ask.newPriority")}
          defaultValue={String(ticket.priority)}
          data={priorities.map((each) => ({ value: String(each), label: t(`ticket.priority.${each}`) }))}
        />
      ) : null}
      {kind === "merge" ? (
        <NativeSelect
          name="choice"
          label={t("ticket.ask.into")}
          data={ticket.related.map((other) => ({
            value: other.id,
            label: `#${other.number} · ${t(`ticket.cause.${other.cause}`)} · ${t(`ticket.state.${other.state}`)}`,
          }))}
        />
      ) : null}
      {kind === "split" ? (
        <TextInput {...field} maxLength={200} autoComplete="off" data-autofocus />
      ) : (
        <Textarea {...field} autosize minRows={3} data-autofocus />
      )}
      {kind === "resolve" ? <WrittenSince ticket={ticket} /> : null}
      <Refused error={agents.error ?? deed.error} />
    </FormDialog>
  );
}
