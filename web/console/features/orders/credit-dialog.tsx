import { Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { refusalOf } from "../../../lib/api.ts";
import { newId } from "../../../lib/new-id.ts";
import { Confirm } from "../../../ui/confirm.tsx";
import { Notice } from "../../../ui/notice.tsx";
import { api } from "../../api.ts";
import { useCodeWords, useFormats, useWords } from "../../words.ts";
import { creditQuery } from "./queries.ts";
import { fenOf } from "./repair.ts";
import classes from "./repairs.module.css";

/** Asks for an amount and why, says what will follow, and gives it. */
export function CreditDialog({
  orderId,
  leftFen,
  onDone,
  onCancel,
}: {
  orderId: string;
  leftFen: number;
  onDone: (told: string) => void;
  onCancel: () => void;
}) {
  const t = useWords();
  const formats = useFormats();
  const { problem } = useCodeWords();
  const queries = useQueryClient();
  const [amount, setAmount] = useState("");
  const [reason, setReason] = useState("");
  const [isTried, setTried] = useState(false);
  // A credit has its number before it is asked for, so that asking twice gives nothing twice.
  const [creditId] = useState(newId);
  const amountFen = fenOf(amount, leftFen);
  const left = formats.money(leftFen);

  const run = useMutation({
    mutationFn: (given: { amountFen: number; reason: string }) =>
      api.creditOrder({ params: { id: orderId }, body: { ...given, creditId } }),
    onSuccess: (changed, given) => {
      queries.setQueryData(creditQuery(orderId).queryKey, changed);
      onDone(t("repair.done.credit", { amount: formats.money(given.amountFen) }));
    },
  });
  const refused = run.isError ? refusalOf(run.error) : null;
  const submit = () => {
    setTried(true);
    if (reason.trim() !== "" && amountFen !== null) run.mutate({ amountFen, reason: reason.trim() });
  };
  return (
    <Confirm
      title={t("repair.credit.ask", { id: `${orderId.slice(0, 13)}…` })}
      action={t("repair.credit")}
      cancel={t("app.cancel")}
      isDangerous={false}
      isBusy={run.isPending}
      onConfirm={submit}
      onCancel={onCancel}
    >
      <p>
        {amountFen === null
          ? t("repair.credit.text", { left })
          : t("repair.credit.will", { amount: formats.money(amountFen) })}
      </p>
      <div className={classes.fields}>
        <TextInput
          label={t("repair.credit.amount")}
          description={t("repair.credit.amountHint", { left })}
          error={
            amountFen === null && (isTried || amount.trim() !== "")
              ? t("repair.refund.amountWrong", { left })
              : undefined
          }
          inputMode="decimal"
          required
          value={amount}
          onChange={(event) => setAmount(event.currentTarget.value)}
        />
        <Textarea
          label={t("repair.reason")}
          description={t("repair.reasonHint")}
          error={isTried && reason.trim() === "" ? t("repair.reasonWrong") : undefined}
          value={reason}
          maxLength={500}
          rows={2}
          required
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {refused === null ? null : (
          <Notice level="bad" title={problem(refused.code)}>
            {refused.detail}
          </Notice>
        )}
      </div>
    </Confirm>
  );
}
