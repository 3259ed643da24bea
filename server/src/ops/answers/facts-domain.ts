import { fenToYuan, yuanToFen } from "@orderwatch/shared/money.ts";
import type { Answer, AnswerDeed, AnswerPreview } from "@orderwatch/shared/ops/answers.ts";
import type { StaffOrder } from "@orderwatch/shared/ops/orders.ts";
import { may, type Permission, type Role } from "@orderwatch/shared/ops/roles.ts";
import type { PaymentMethod, Tender } from "@orderwatch/shared/shop/orders.ts";
import { paymentNames } from "@orderwatch/shared/shop/payment-names.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import { type AnswerFacts, writtenTime } from "./domain.ts";

/** What answers may say of an order: what its buyer knows as well, and no contact, no code and no account. */

export const otherMethod = { wechat: "alipay", alipay: "wechat", balance: "wechat" } as const;

const same = (text: string): Words => ({ "zh-CN": text, en: text });
const yuan = (fen: number): Words => same(`¥${fenToYuan(fen)}`);

const sum = (amounts: readonly number[]): number => amounts.reduce((total, each) => total + each, 0);

/** `timeZone` is the one that support works in. */
export function factsOf(ticket: { number: number }, order: StaffOrder | null, timeZone: string): AnswerFacts {
  const facts: AnswerFacts = { "ticket.number": same(`#${ticket.number}`) };
  if (!order) return facts;
  const names = (mark: string) => order.items.map(({ name }) => name).join(mark);
  const back = sum(
    order.refunds.filter(({ status }) => status !== "failed").map(({ amountFen }) => amountFen),
  );
  const payable = order.status === "awaiting_payment";
  return {
    ...facts,
    "order.id": same(order.id),
    "order.product": { "zh-CN": names("、"), en: names(", ") },
    "order.quantity": same(String(sum(order.items.map(({ quantity }) => quantity)))),
    "order.amount": yuan(order.amountFen),
    "order.paymentMethod": paymentNames[order.paymentMethod],
    "order.otherPaymentMethod": paymentNames[otherMethod[order.paymentMethod]],
    "order.placedAt": writtenTime(new Date(order.createdAt), timeZone),
    ...(back > 0 ? { "order.refunded": yuan(back) } : {}),
    ...(payable ? { "order.expiresAt": writtenTime(new Date(order.expiresAt), timeZone) } : {}),
    ...(order.deliveredAt ? { "order.deliveredAt": writtenTime(new Date(order.deliveredAt), timeZone) } : {}),
  };
}

/** What each deed needs besides answering. */
export const deedPermissions = {
  refund: "orders.refund",
  redeliver: "orders.redeliver",
  switch_payment: "tickets.answer",
  restock_notice: "tickets.answer",
} as const satisfies Record<AnswerDeed, Permission>;

const noOrder: Words = { "zh-CN": "工单没有关联订单", en: "The ticket belongs to no order" };

/** How much a refund of this answer gives back: what was asked for, else all that is left. */
export function refundOf(
  answer: Pick<Answer, "inputs">,
  { amount = "" }: Record<string, string>,
): number | null {
  return answer.inputs.some(({ name }) => name === "amount") ? yuanToFen(amount) : null;
}

/** What an answer's deed would do to this order now, and why not where it cannot be done. */
export function deedOf(
  deed: AnswerDeed,
  given: {
    order: StaffOrder | null;
    amountFen: number | null;
    role: Role;
    now: Date;
    /** Payment methods by which nothing new may be paid now. */
    closedMethods: readonly PaymentMethod[];
  },
): NonNullable<AnswerPreview["deed"]> {
  const { order, role } = given;
  const refused = may(role, deedPermissions[deed])
    ? null
    : { "zh-CN": "您的角色不能执行此操作", en: "Your role may not do this" };
  return {
    kind: deed,
    consequence: consequenceOf(deed, order, given.amountFen),
    obstacle: refused ?? (order ? obstacleOf(deed, order, given) : noOrder),
  };
}

function consequenceOf(deed: AnswerDeed, order: StaffOrder | null, amountFen: number | null): Words {
  const fen = amountFen ?? order?.repairs.leftFen ?? 0;
  switch (deed) {
    case "refund":
      return {
        "zh-CN": `原路退回 ¥${fenToYuan(fen)}，不可撤销`,
        en: `Gives ¥${fenToYuan(fen)} back the way that it came; this cannot be undone`,
      };
    case "redeliver":
      return { "zh-CN": "重新发货，不会重复扣款", en: "Delivers the order again; nothing is charged" };
    case "switch_payment":
      return switchWords(order?.paymentMethod ?? "wechat");
    case "restock_notice":
      return {
        "zh-CN": "为买家登记到货提醒（使用订单的联系方式）",
        en: "Puts the buyer down for a notice at the order's contact once it is back",
      };
  }
}

function switchWords(from: Tender): Words {
  const [old, next] = [paymentNames[from], paymentNames[otherMethod[from]]];
  return {
    "zh-CN": `订单改用${next["zh-CN"]}付款，原来的${old["zh-CN"]}付款关闭；订单保留`,
    en: `The order is to be paid by ${next.en} from now on, and its payment by ${old.en} is closed; the order is kept`,
  };
}

const refundObstacles = {
  nothing_paid: { "zh-CN": "订单没有已付款项", en: "Nothing was paid" },
  all_returned: { "zh-CN": "款项已全部退回", en: "All of it went back already" },
  delivering: { "zh-CN": "正在发货，暂不能退款", en: "It is being delivered right now" },
} as const;

const redeliverObstacles = {
  not_paid: { "zh-CN": "订单未付款", en: "The order is not paid" },
  under_way: { "zh-CN": "正在发货中", en: "It is on its way already" },
  delivered: { "zh-CN": "订单已发货", en: "It was delivered" },
  under_review: { "zh-CN": "订单在人工审核中", en: "A person looks at the order first" },
  refunded: { "zh-CN": "订单已退款", en: "The money went back" },
} as const;

function obstacleOf(
  deed: AnswerDeed,
  order: StaffOrder,
  given: { amountFen: number | null; now: Date; closedMethods: readonly PaymentMethod[] },
): Words | null {
  const { amountFen } = given;
  switch (deed) {
    case "refund":
      if (order.repairs.refund !== null) return refundObstacles[order.repairs.refund];
      return amountFen !== null && amountFen > order.repairs.leftFen
        ? { "zh-CN": "超过可退金额", en: "More than is left of what was paid" }
        : null;
    case "redeliver":
      return order.repairs.redeliver === null ? null : redeliverObstacles[order.repairs.redeliver];
    case "switch_payment":
      return switchObstacle(order, given);
    case "restock_notice":
      return order.contact.phone === undefined && order.contact.email === undefined
        ? { "zh-CN": "订单没有联系方式", en: "The order has no contact" }
        : null;
  }
}

function switchObstacle(
  order: StaffOrder,
  { now, closedMethods }: { now: Date; closedMethods: readonly PaymentMethod[] },
): Words | null {
  if (order.status !== "awaiting_payment" || new Date(order.expiresAt) <= now)
    return { "zh-CN": "订单已不在待付款状态", en: "The order does not wait for a payment any more" };
  const next = otherMethod[order.paymentMethod];
  if (!closedMethods.includes(next)) return null;
  const name = paymentNames[next];
  return { "zh-CN": `${name["zh-CN"]}目前不可用`, en: `${name.en} is not available at the moment` };
}
