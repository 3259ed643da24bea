import { Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { FormDialog, textOf } from "../../../ui/form-dialog.tsx";
import { api } from "../../api.ts";
import { useWords } from "../../words.ts";
import { Refused } from "../session/refused.tsx";
import { ticketQuery } from "./queries.ts";

/** A ticket by hand, about an order or about anything else. */
export function OpenTicketDialog({ orderId, onClose }: { orderId?: string; onClose: () => void }) {
  const t = useWords();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [isMissing, setMissing] = useState(false);
  const open = useMutation({
    mutationFn: (body: Parameters<typeof api.openTicket>[0]["body"]) => api.openTicket({ body }),
    onSuccess: async (ticket) => {
      queries.setQueryData(ticketQuery(ticket.id).queryKey, ticket);
      void queries.invalidateQueries({ queryKey: ["tickets"] });
      onClose();
      await navigate({ to: "/tickets/$id", params: { id: ticket.id } });
    },
  });
  const submit = (form: FormData) => {
    const subject = textOf(form, "subject");
    const note = textOf(form, "note");
    setMissing(subject === "");
    if (subject === "") return;
    open.mutate({
      subject,
      ...(note === "" ? {} : { note }),
      ...(orderId === undefined ? {} : { orderId }),
    });
  };
  return (
    <FormDialog
      title={t("tickets.open")}
      effect={t(orderId === undefined ? "tickets.openEffect" : "tickets.openOrderEffect")}
      action={t("tickets.open")}
      cancel={t("app.cancel")}
      isBusy={open.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        name="subject"
        label={t("tickets.subject")}
        error={isMissing ? t("ticket.ask.missing") : null}
        maxLength={200}
        autoComplete="off"
        data-autofocus
      />
      <Textarea name="note" label={t("composer.note")} maxLength={4_000} autosize minRows={3} />
      <Refused error={open.error} />
    </FormDialog>
  );
}
