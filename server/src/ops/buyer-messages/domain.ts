/** Buyers hear of trouble by two people's word at level 1, and of its end exactly if they heard of its beginning. */
import type { AlertLevel } from "@orderwatch/shared/ops/detection.ts";
import type { IncidentState } from "@orderwatch/shared/ops/incidents.ts";
import type { Words } from "@orderwatch/shared/words.ts";

/** At level 1 nobody speaks to buyers alone. */
export const needsApproval = (level: AlertLevel): boolean => level === 1;

const openStates: readonly IncidentState[] = ["detected", "acknowledged", "mitigating", "monitoring"];
export const isOpen = (state: IncidentState): boolean => openStates.includes(state);

/** Why buyers cannot be told of an incident now; null where they can. */
export function obstacleOf(given: { state: IncidentState; drill: boolean; isTold: boolean }): Words | null {
  if (given.drill) return { "zh-CN": "这是演练，不会通知任何买家", en: "This is a drill: no buyer is told" };
  if (!isOpen(given.state)) return { "zh-CN": "事故已结束", en: "The incident has ended" };
  if (given.isTold)
    return {
      "zh-CN": "买家已被通知，或通知正在等待批准",
      en: "They were told already, or a message waits for approval",
    };
  return null;
}

/**
 * Who may approve: anybody but its author. Its author alone only where nobody else has the permission, nobody else has the
 * command, and with a reason on record.
 */
export function mayApprove(given: {
  authorId: string | null;
  byId: string;
  othersMay: boolean;
  commanderId: string | null;
  reason: string | undefined;
}): boolean {
  if (given.byId !== given.authorId) return true;
  return mayAlone(given) && given.reason !== undefined;
}

/** Whether a person may be both author and approver. */
export const mayAlone = (given: { byId: string; othersMay: boolean; commanderId: string | null }): boolean =>
  !given.othersMay && (given.commanderId === null || given.commanderId === given.byId);

/** Month, day and time in Beijing, where the buyers are. */
function since(startedAt: Date): string {
  const local = new Date(startedAt.getTime() + 8 * 3_600_000).toISOString();
  return `${local.slice(5, 10)} ${local.slice(11, 16)}`;
}

/** First words for the buyers, filled from the incident; `isPayment` where the part that was struck is a payment channel. */
export function draftOf(given: { part: Words; isPayment: boolean; startedAt: Date }): {
  title: Words;
  text: Words;
} {
  const { part, isPayment } = given;
  const at = since(given.startedAt);
  const advice: Words = isPayment
    ? {
        "zh-CN": "付款可能未成功；未付款的订单可换一种支付方式。",
        en: "Your payment may not have gone through; you can pay an unpaid order by another method.",
      }
    : { "zh-CN": "您的订单可能延迟，请勿重复付款。", en: "Your order may be late. Please do not pay again." };
  return {
    title: { "zh-CN": "您的订单受到影响", en: "Your order is affected" },
    text: {
      "zh-CN": `${part["zh-CN"]}自 ${at} 起异常。${advice["zh-CN"]}已付款的订单不会丢失：会发货或退款。`,
      en: `Trouble with ${part.en} since ${at} (Beijing time). ${advice.en} Paid orders are not lost: they are delivered or refunded.`,
    },
  };
}

/** What those who heard of the trouble are told at its end. */
export function allClearOf(part: Words): { title: Words; text: Words } {
  return {
    title: { "zh-CN": "故障已恢复", en: "All clear" },
    text: {
      "zh-CN": `${part["zh-CN"]}已恢复正常，受影响的订单已处理或正在处理。如仍有问题，请凭订单号联系客服。给您带来不便，敬请谅解。`,
      en: `${part.en} works again, and the affected orders are or are being settled. Should anything be missing, tell us your order number. We are sorry for the trouble.`,
    },
  };
}
