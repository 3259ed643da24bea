import { TextInput } from "@mantine/core";
import { useState } from "react";
import { FormDialog, textOf } from "../../../ui/form-dialog.tsx";
import { useWords } from "../../words.ts";
import { Refused } from "../session/refused.tsx";

/** Asks why before it does something that is on record with its reason. */
export function ReasonDialog({
  title,
  effect,
  isBusy,
  error,
  onReason,
  onClose,
}: {
  title: string;
  effect: string;
  isBusy: boolean;
  error: unknown;
  onReason: (reason: string) => void;
  onClose: () => void;
}) {
  const t = useWords();
  const [isMissing, setMissing] = useState(false);
  return (
    <FormDialog
      title={title}
      effect={effect}
      action={title}
      cancel={t("app.cancel")}
      isBusy={isBusy}
      onClose={onClose}
      onSubmit={(form) => {
        const reason = textOf(form, "reason");
        setMissing(reason === "");
        if (reason !== "") onReason(reason);
      }}
    >
      <TextInput
        name="reason"
        label={t("contact.reason")}
        error={isMissing ? t("ticket.ask.missing") : null}
        maxLength={500}
        autoComplete="off"
        data-autofocus
      />
      <Refused error={error} />
    </FormDialog>
  );
}
