import { NativeSelect, Textarea, TextInput } from "@mantine/core";
import type { Ticket } from "@orderwatch/shared/ops/tickets.ts";
import { useState } from "react";
import { readMoment, typedMoment } from "../../../lib/local-time.ts";
import { FormDialog, textOf } from "../../../ui/form-dialog.tsx";
import { api } from "../../api.ts";
import { useWords } from "../../words.ts";
import { Refused } from "../session/refused.tsx";
import { BestTimeFields, CallWish, readBestTime } from "./best-time.tsx";
import { CallScript } from "./call-script.tsx";
import { callOutcomes } from "./lists.ts";
import { useTicketDeed } from "./use-ticket.ts";

const laterMs = 30 * 60_000;

/** Plans a call, or says what came of one, with what to say at hand. */
export function CallDialog({
  ticket,
  call,
  onClose,
}: {
  ticket: Ticket;
  call: Ticket["calls"][number] | "new";
  onClose: () => void;
}) {
  const t = useWords();
  const isNew = call === "new";
  const [wrong, setWrong] = useState<string | null>(null);
  const [isBestWrong, setBestWrong] = useState(false);
  const [soon] = useState(() => typedMoment(new Date(Date.now() + laterMs)));
  const deed = useTicketDeed(
    ticket.id,
    (form: FormData) => {
      const phone = textOf(form, "phone");
      const note = textOf(form, "note");
      const nextAt = readMoment(textOf(form, "nextAt"));
      const next = nextAt === null ? {} : { nextAt };
      if (isNew) {
        const best = readBestTime(form) ?? {};
        // The server tries first at the best time, unless somebody chose another one here.
        const isChosen = best.bestFrom === undefined || textOf(form, "nextAt") !== soon;
        return api.planCall({
          params: { id: ticket.id },
          body: { ...(phone === "" ? {} : { phone }), ...best, ...(isChosen ? next : {}) },
        });
      }
      const outcome = callOutcomes.find((each) => each === textOf(form, "outcome")) ?? "no_answer";
      return api.recordCall({
        params: { id: ticket.id, callId: call.id },
        body: { outcome, ...(note === "" ? {} : { note }), ...(outcome === "reached" ? {} : next) },
      });
    },
    onClose,
  );
  const submit = (form: FormData) => {
    const typed = textOf(form, "nextAt");
    const isWrong = typed !== "" && readMoment(typed) === null;
    setWrong(isWrong ? t("calls.timeWrong") : null);
    const isBestTime = !isNew || readBestTime(form) !== null;
    setBestWrong(!isBestTime);
    if (!isWrong && isBestTime) deed.mutate(form);
  };
  return (
    <FormDialog
      title={t(isNew ? "calls.plan" : "calls.record")}
      effect={t(isNew ? "calls.planEffect" : "calls.recordEffect")}
      action={t(isNew ? "calls.plan" : "calls.save")}
      cancel={t("app.cancel")}
      isBusy={deed.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      {isNew ? null : <CallScript ticket={ticket} />}
      {isNew ? null : <CallWish call={call} />}
      {isNew ? (
        <>
          <TextInput
            name="phone"
            type="tel"
            label={t("calls.otherPhone")}
            description={t("calls.otherPhoneHelp")}
            maxLength={20}
            autoComplete="off"
          />
          <BestTimeFields isWrong={isBestWrong} />
        </>
      ) : (
        <>
          <NativeSelect
            name="outcome"
            label={t("calls.outcome")}
            data={callOutcomes.map((value) => ({ value, label: t(`calls.outcome.${value}`) }))}
            data-autofocus
          />
          <Textarea name="note" label={t("calls.note")} maxLength={2_000} autosize minRows={2} />
        </>
      )}
      <TextInput
        name="nextAt"
        type="datetime-local"
        label={t("calls.nextAt")}
        error={wrong}
        defaultValue={isNew ? soon : ""}
      />
      <Refused error={deed.error} />
    </FormDialog>
  );
}
