import { z } from "zod";

/** Every error code of the product with its HTTP status and English fallback title. The web words them by code. */
export const problems = {
  "request.invalid": { status: 400, title: "The request is not valid" },
  "request.malformed": { status: 400, title: "The request cannot be read" },
  "request.timeout": { status: 408, title: "The body did not come in time" },
  "request.range_invalid": { status: 416, title: "The file has no such part" },
  "request.too_large": { status: 413, title: "The body is too large" },
  "request.unsupported_media_type": { status: 415, title: "The body must be JSON" },
  "request.not_found": { status: 404, title: "There is nothing at this address" },
  "request.method_not_allowed": { status: 405, title: "This address does not take this method" },
  "request.origin_refused": { status: 403, title: "Requests from this origin are refused" },
  "session.required": { status: 401, title: "Sign in first" },
  "session.forbidden": { status: 403, title: "Your role may not do this" },
  "session.bad_credentials": { status: 401, title: "E-mail or password is wrong" },
  "session.too_many_attempts": { status: 429, title: "Too many sign-ins from this address" },
  "order.token_required": { status: 401, title: "The order's token is required" },
  "order.not_found": { status: 404, title: "No such order" },
  "order.expired": { status: 409, title: "The order has expired" },
  "order.not_payable": { status: 409, title: "The order cannot be paid any more" },
  "order.price_changed": { status: 409, title: "The price has changed" },
  "order.conflict": { status: 409, title: "The order has changed meanwhile" },
  "order.not_refundable": { status: 409, title: "There is nothing to give back" },
  "order.not_deliverable": { status: 409, title: "The order cannot be delivered again" },
  "order.partly_refunded": { status: 409, title: "Money of this order went back" },
  "order.not_confirmable": { status: 409, title: "No payment of this order can be confirmed" },
  "product.not_found": { status: 404, title: "No such product" },
  "product.exists": { status: 409, title: "A product with this SKU exists" },
  "import.not_found": { status: 404, title: "No such import" },
  "import.running": { status: 409, title: "This import is running already" },
  "import.failed": { status: 422, title: "The import stopped half way" },
  "payment.not_found": { status: 404, title: "No such payment" },
  "payment.limit_exceeded": { status: 402, title: "The payment method's limit is exceeded" },
  "payment.declined": { status: 402, title: "The payment was declined" },
  "payment.timeout": { status: 408, title: "The payment was not completed in time" },
  "payment.late": { status: 409, title: "The money came too late and goes back" },
  "payment.not_received": { status: 409, title: "The payment company says that no money came" },
  "payment.trade_used": { status: 409, title: "This transaction paid for another order" },
  "payment.too_many": { status: 429, title: "Too many payments were begun for this order" },
  "refund.recharge_done": {
    status: 409,
    title: "The supplier had done the recharge, and the order is delivered",
  },
  "refund.recharge_unclear": { status: 409, title: "The supplier may have done the recharge" },
  "refund.partly_recharged": { status: 409, title: "A part of the order was recharged" },
  "refund.exceeds_paid": { status: 409, title: "More than is left of what was paid" },
  "payment.channel_unavailable": { status: 503, title: "This payment method is not available now" },
  "stock.sold_out": { status: 409, title: "Sold out" },
  "stock.limit_exceeded": { status: 409, title: "More than may be bought now" },
  "risk.under_review": { status: 202, title: "A person looks at this order" },
  "risk.rejected": { status: 403, title: "The order was refused" },
  "risk.too_many_requests": { status: 429, title: "Too many orders from this address" },
  "delivery.supplier_failed": { status: 502, title: "The supplier could not deliver" },
  "delivery.invalid_account": { status: 422, title: "The account to recharge does not exist" },
  "idempotency.mismatch": { status: 409, title: "This idempotency key was used with another body" },
  "idempotency.key_required": { status: 400, title: "An Idempotency-Key header is required" },
  "reconciliation.not_found": { status: 404, title: "No such comparison or difference" },
  "reconciliation.running": { status: 409, title: "This comparison is running already" },
  "reconciliation.conflict": { status: 409, title: "This cannot be done about this difference now" },
  "rota.not_found": { status: 404, title: "No such rota" },
  "rota.changed": { status: 409, title: "Somebody else changed the rota meanwhile" },
  "rota.in_use": { status: 409, title: "A policy pages this rota" },
  "override.not_found": { status: 404, title: "No such override" },
  "swap.unclear": { status: 409, title: "These shifts cannot be swapped" },
  "policy.not_found": { status: 404, title: "No such escalation policy" },
  "policy.changed": { status: 409, title: "Somebody else changed the policy meanwhile" },
  "policy.in_use": { status: 409, title: "A level is served by this policy" },
  "escalation.not_found": { status: 404, title: "Nobody was paged for this incident" },
  "page.not_found": { status: 404, title: "No such page" },
  "runbook.not_found": { status: 404, title: "No such runbook or step" },
  "runbook.conflict": { status: 409, title: "This step cannot be executed now" },
  "drill.not_found": { status: 404, title: "No such drill" },
  "drill.conflict": { status: 409, title: "The drill does not allow this now" },
  "drill.stopped": { status: 409, title: "All drills are stopped" },
  "drill_run.not_found": { status: 404, title: "No such run of a drill" },
  "third_party.not_found": { status: 404, title: "No such company" },
  "node.not_found": { status: 404, title: "No such node" },
  "node.unavailable": { status: 409, title: "The node cannot do this now" },
  "rule.not_found": { status: 404, title: "No such rule" },
  "rule.conflict": { status: 409, title: "The rule has changed meanwhile" },
  "silence.not_found": { status: 404, title: "No such silence, or it is over" },
  "maintenance.not_found": { status: 404, title: "No such maintenance, or it is over" },
  "incident.not_found": { status: 404, title: "No such incident" },
  "incident.conflict": { status: 409, title: "The incident does not allow this now" },
  "incident.orders_open": { status: 409, title: "Affected orders are not settled yet" },
  "incident.person_unknown": { status: 422, title: "No such member of staff" },
  "ticket.not_found": { status: 404, title: "No such ticket" },
  "ticket.conflict": { status: 409, title: "The ticket does not allow this now" },
  "ticket.owned": { status: 409, title: "Somebody has this ticket" },
  "ticket.capacity": { status: 409, title: "No more tickets than one's capacity" },
  "ticket.person_unknown": { status: 422, title: "No such person who works on tickets" },
  "ticket.no_buyer": { status: 409, title: "There is no buyer to answer" },
  "ticket.no_thread": { status: 409, title: "No order's page shows an answer to this buyer" },
  "ticket.buyer_wrote": { status: 409, title: "The buyer has written meanwhile" },
  "call.not_found": { status: 404, title: "No such call, or it is done" },
  "answer.not_found": { status: 404, title: "No such ready answer" },
  "answer.incomplete": { status: 422, title: "Something that the answer needs is missing" },
  "answer.conflict": { status: 409, title: "What the answer does cannot be done now" },
  "support_policy.not_found": { status: 404, title: "No such support policy" },
  "support_policy.changed": { status: 409, title: "Somebody else changed the policy meanwhile" },
  "support_policy.needed": { status: 409, title: "One policy has to serve all other causes" },
  "contact.not_found": { status: 404, title: "No such contact point of yours" },
  "contact.exists": { status: 409, title: "This contact point is there already" },
  "contact.channel_unavailable": { status: 409, title: "This installation has no such channel" },
  "contact.address_refused": { status: 422, title: "Messages may not go to this address" },
  "contact.code_wrong": { status: 422, title: "The code is wrong or too old" },
  "contact.unreachable": { status: 502, title: "The code could not be brought to this address" },
  "notification.not_found": { status: 404, title: "No such message" },
  "update.not_found": { status: 404, title: "No such public update" },
  "update.approval_needed": { status: 409, title: "Somebody else has to approve this" },
  "update.conflict": { status: 409, title: "The update was decided on meanwhile" },
  "buyer_message.not_found": { status: 404, title: "No such message to buyers" },
  "buyer_message.approval_needed": { status: 409, title: "Somebody else has to approve this" },
  "buyer_message.conflict": { status: 409, title: "The buyers cannot be told this now" },
  "support.too_many": { status: 429, title: "Too many messages; wait a little" },
  "support.not_answered": { status: 409, title: "There is no answer to rate yet" },
  "order.account_final": { status: 409, title: "The account of this order cannot be changed" },
  "balance.too_low": { status: 402, title: "The balance does not cover this order" },
  "balance.not_theirs": { status: 403, title: "This order is another buyer's" },
  "balance.left": { status: 409, title: "There is a balance that would be lost" },
  "credit.no_buyer": { status: 409, title: "No signed-in buyer has this order" },
  "credit.exceeds_paid": { status: 409, title: "More credit than was paid for the order" },
  "buyer.code_wrong": { status: 422, title: "The code is wrong or too old" },
  "buyer.too_many": { status: 429, title: "Too many tries from this address" },
  "buyer.session_required": { status: 401, title: "Sign in as a buyer first" },
  "subscription.too_many": { status: 429, title: "Too many tries from this address" },
  "subscription.link_invalid": { status: 404, title: "This link is not valid any more" },
  "postmortem.conflict": { status: 409, title: "The postmortem has changed meanwhile" },
  "server.busy": { status: 503, title: "The server is busy" },
  "server.failed": { status: 500, title: "Something failed on our side" },
} as const satisfies Record<`${string}.${string}`, { status: number; title: string }>;

export type ProblemCode = keyof typeof problems;

/** Codes that an order can carry as its failure. */
export const failureCodes = [
  "stock.sold_out",
  "payment.limit_exceeded",
  "payment.declined",
  "payment.timeout",
  "payment.channel_unavailable",
  "risk.under_review",
  "risk.rejected",
  "delivery.supplier_failed",
  "delivery.invalid_account",
  "order.expired",
  "payment.late",
] as const satisfies readonly ProblemCode[];

export type FailureCode = (typeof failureCodes)[number];

export const remedyKinds = [
  "restock_notice",
  "similar_product",
  "lower_quantity",
  "wait_until",
  "switch_payment",
  "check_status",
  "retry",
  "wait",
  "contact_support",
  "correct_account",
  "confirm_price",
  "reorder",
  "sign_in",
] as const;

export type RemedyKind = (typeof remedyKinds)[number];

/** A way out of a failure; `label` is the English fallback, the other fields are what the button needs. */
export const Remedy = z.looseObject({
  kind: z.enum(remedyKinds),
  label: z.string(),
  until: z.iso.datetime().optional(),
  paymentMethods: z.array(z.enum(["wechat", "alipay"])).optional(),
  maxQuantity: z.int().optional(),
  amountFen: z.int().optional(),
  sku: z.string().optional(),
});
export type Remedy = z.infer<typeof Remedy>;

const remedyLabels: Record<RemedyKind, string> = {
  restock_notice: "Tell me when it is back",
  similar_product: "See similar products",
  lower_quantity: "Buy fewer",
  wait_until: "Try again later",
  switch_payment: "Pay another way",
  check_status: "Check the payment",
  retry: "Try again",
  wait: "Wait, we are on it",
  contact_support: "Contact support",
  correct_account: "Correct the account",
  confirm_price: "Buy at the new price",
  reorder: "Order again",
  sign_in: "Sign in",
};

/** The remedies of each code, in the order they are offered (contract of the shop). */
export const remediesOf: Partial<Record<ProblemCode, readonly RemedyKind[]>> = {
  "stock.sold_out": ["restock_notice", "similar_product"],
  "stock.limit_exceeded": ["lower_quantity", "wait_until"],
  "payment.limit_exceeded": ["switch_payment"],
  "payment.declined": ["switch_payment", "retry"],
  "payment.timeout": ["check_status", "retry"],
  "payment.channel_unavailable": ["switch_payment"],
  "payment.too_many": ["check_status", "contact_support"],
  "risk.under_review": ["wait", "contact_support"],
  "risk.rejected": ["contact_support"],
  "risk.too_many_requests": ["wait_until"],
  "delivery.supplier_failed": ["wait", "contact_support"],
  "delivery.invalid_account": ["correct_account"],
  "order.price_changed": ["confirm_price"],
  "order.expired": ["reorder"],
  "payment.late": ["reorder", "contact_support"],
  "server.busy": ["wait_until"],
  "session.required": ["sign_in"],
  "session.too_many_attempts": ["wait_until"],
};

/** The remedies of a code as they go over the wire; `facts` adds what a kind's button needs. */
export function remedies(
  code: ProblemCode,
  facts: Partial<Record<RemedyKind, Omit<Remedy, "kind" | "label">>> = {},
): Remedy[] {
  return (remediesOf[code] ?? []).map((kind) => ({ kind, label: remedyLabels[kind], ...facts[kind] }));
}

/** RFC 9457 problem details as every error answer carries them. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  requestId: z.string(),
  remedies: z.array(Remedy).optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof Problem>;

/**
 * An outcome that the caller is told about. `detail` is public: it never holds a secret, SQL or a stack.
 * Thrown by actions, turned into a problem document at the edge.
 */
export class DomainError extends Error {
  readonly code: ProblemCode;
  readonly remedies: Remedy[];
  readonly errors: { path: string; message: string }[];

  constructor(
    code: ProblemCode,
    detail: string,
    extra: { remedies?: Remedy[]; errors?: { path: string; message: string }[]; cause?: unknown } = {},
  ) {
    super(detail, extra.cause === undefined ? undefined : { cause: extra.cause });
    this.name = "DomainError";
    this.code = code;
    this.remedies = extra.remedies ?? remedies(code);
    this.errors = extra.errors ?? [];
  }

  get status(): number {
    return problems[this.code].status;
  }
}

/** The wire form of an error, for any transport. */
export function toProblem(error: DomainError, requestId: string): Problem {
  return {
    type: `urn:orderwatch:problem:${error.code}`,
    title: problems[error.code].title,
    status: error.status,
    code: error.code,
    detail: error.message,
    requestId,
    ...(error.remedies.length > 0 ? { remedies: error.remedies } : {}),
    ...(error.errors.length > 0 ? { errors: error.errors } : {}),
  };
}
