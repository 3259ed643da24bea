import { Textarea, TextInput } from "@mantine/core";
import type { StaffOrder } from "@orderwatch/shared/ops/orders.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { refusalOf } from "../../../lib/api.ts";
import { newId } from "../../../lib/new-id.ts";
import { Confirm } from "../../../ui/confirm.tsx";
import { Notice } from "../../../ui/notice.tsx";
import { Tick } from "../../../ui/tick.tsx";
import { api } from "../../api.ts";
import { useCodeWords, useFormats, useWords } from "../../words.ts";
import { orderQuery } from "./queries.ts";
import { partOf, type RefundPart, type Repair } from "./repair.ts";
import classes from "./repairs.module.css";

/** Refusals that a person may overrule on their own word. */
const insistable = [
  "payment.not_received",
  "refund.recharge_unclear",
  "refund.partly_recharged",
  "order.partly_refunded",
];

/** Asks for what a repair needs, says what will follow, does it, and shows the order as it is then. */
export function RepairDialog({
  repair,
  order,
  onDone,
  onCancel,
}: {
  repair: Repair;
  order: StaffOrder;
  onDone: (told: string) => void;
  onCancel: () => void;
}) {
  const t = useWords();
  const formats = useFormats();
  const { problem } = useCodeWords();
  const queries = useQueryClient();
  const [reason, setReason] = useState("");
  const [amount, setAmount] = useState("");
  const [tradeNo, setTradeNo] = useState("");
  const [despite, setDespite] = useState(false);
  const [isTried, setTried] = useState(false);
  // A refund has its number before it is asked for, so that asking twice gives nothing back twice.
  const [refundId] = useState(newId);
  const { leftFen } = order.repairs;
  const part = partOf(amount, leftFen);

  const run = useMutation({
    mutationFn: () => send(repair, order.id, { reason: reason.trim(), part, refundId, tradeNo, despite }),
    onSuccess: async (changed) => {
      queries.setQueryData(orderQuery(order.id).queryKey, changed);
      const amountFen = part === "all" ? leftFen : part === null ? 0 : part.amountFen;
      onDone(
        repair === "refund"
          ? t("repair.done.refund", { amount: formats.money(amountFen) })
          : t(`repair.done.${repair}`),
      );
    },
  });
  const refused = run.isError ? refusalOf(run.error) : null;
  const isInsistable = refused !== null && insistable.includes(refused.code);
  const submit = () => {
    setTried(true);
    if (reason.trim() !== "" && (repair !== "refund" || part !== null)) run.mutate();
  };
  const left = formats.money(leftFen);
  return (
    <Confirm
      title={t(`repair.${repair}.ask`, { id: `${order.id.slice(0, 13)}…` })}
      action={t(`repair.${repair}`)}
      cancel={t("app.cancel")}
      isDangerous={repair === "refund" || despite}
      isBusy={run.isPending}
      onConfirm={submit}
      onCancel={onCancel}
    >
      <p>
        {repair !== "refund"
          ? t(`repair.${repair}.text`)
          : part === null || part === "all"
            ? t("repair.refund.all", { left })
            : t("repair.refund.part", { left, amount: formats.money(part.amountFen) })}
      </p>
      <div className={classes.fields}>
        {repair === "refund" ? (
          <TextInput
            label={t("repair.refund.amount")}
            description={t("repair.refund.amountHint", { left })}
            error={part === null ? t("repair.refund.amountWrong", { left }) : undefined}
            inputMode="decimal"
            value={amount}
            onChange={(event) => setAmount(event.currentTarget.value)}
          />
        ) : null}
        {repair === "confirm" ? (
          <TextInput
            label={t("repair.confirm.tradeNo")}
            description={t("repair.confirm.tradeNoHint")}
            value={tradeNo}
            maxLength={64}
            onChange={(event) => setTradeNo(event.currentTarget.value)}
          />
        ) : null}
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
            {/* What the payment company says is news; how a caller of the API insists is what the tick below is for. */}
            {isInsistable && repair !== "confirm" ? null : refused.detail}
          </Notice>
        )}
        {isInsistable || despite ? (
          <Tick isSet={despite} onChange={setDespite}>
            {t(`repair.${repair}.despite`)}
          </Tick>
        ) : null}
      </div>
    </Confirm>
  );
}

function send(
  repair: Repair,
  id: string,
  given: { reason: string; part: RefundPart | null; refundId: string; tradeNo: string; despite: boolean },
): Promise<StaffOrder> {
  const params = { id };
  const { reason, part, refundId } = given;
  if (repair === "redeliver")
    return api.redeliverOrder({
      params,
      body: { reason, ...(given.despite ? { despiteRefund: true } : {}) },
    });
  if (repair === "refund") {
    const amount = part === null || part === "all" ? {} : { amountFen: part.amountFen };
    const insisting = given.despite ? { despiteSupplier: true } : {};
    return api.refundOrder({ params, body: { reason, refundId, ...amount, ...insisting } });
  }
  const tradeNo = given.tradeNo.trim();
  return api.confirmPayment({
    params,
    body: {
      reason,
      ...(tradeNo === "" ? {} : { tradeNo }),
      ...(given.despite ? { despiteProvider: true } : {}),
    },
  });
}
