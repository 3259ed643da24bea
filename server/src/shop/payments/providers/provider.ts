import type { Bill } from "./bill.ts";

/** What the shop needs of a payment company, whatever protocol it speaks. Money is integer fen, currency always CNY. */
export interface PaymentProvider {
  readonly method: "wechat" | "alipay";

  /** Creates the prepayment; answers the address the buyer is sent to. A paid one throws as `close` does. */
  prepay(input: PrepayInput): Promise<{ url: string }>;

  /** Asks the provider what became of a payment. Throws {@link ProviderError}. */
  query(paymentId: string): Promise<ProviderPayment>;

  /**
   * Makes a payment impossible. Closing one that is closed or that the provider never saw succeeds; a paid one throws
   * {@link ProviderError} of kind `refused` with {@link ProviderError.paid} set.
   */
  close(paymentId: string): Promise<void>;

  /**
   * Returns money, once per `refundId`. After {@link ProviderError} of another kind than `refused` it is not known whether
   * it was done: ask with `queryRefund`.
   */
  refund(input: RefundInput): Promise<ProviderRefund>;

  /** Asks what became of a refund; `unknown`: it never arrived. Throws {@link ProviderError}. */
  queryRefund(refund: {
    paymentId: string;
    refundId: string;
  }): Promise<ProviderRefund | { state: "unknown" }>;

  /** Judges a callback without any IO: signature, freshness, merchant, app, currency, shape. Never throws. */
  verifyNotice(request: NoticeRequest, now: Date): NoticeVerdict;

  /**
   * The provider's own record of one day in Beijing (`2026-01-31`), checked to its last row; null when it has none, which
   * is so until about ten the next morning, and for a day without trades; `being_made` where it says so itself. Throws
   * {@link ProviderError}, BillError.
   */
  bill(day: string): Promise<Bill | "being_made" | null>;

  /** The answer that the provider takes for "received" (`ok`) or for "send it again". */
  acknowledge(ok: boolean): Acknowledgement;
}

export interface PrepayInput {
  paymentId: string;
  amountFen: number;
  description: string;
  notifyUrl: string;
  /** Where the provider sends the buyer afterwards. */
  returnUrl: string;
  expiresAt: Date;
  buyerIp: string;
}

export interface RefundInput {
  paymentId: string;
  refundId: string;
  totalFen: number;
  amountFen: number;
  reason: string;
  notifyUrl?: string;
}

export interface NoticeRequest {
  /** Names in lower case. */
  headers: Record<string, string | undefined>;
  /** Exactly the bytes received: signatures cover them. */
  body: Buffer;
}

export interface Acknowledgement {
  status: number;
  contentType: string;
  body: string;
}

/**
 * `refused`: the payer tried and failed, and may try again. `unknown`: the provider has no such trade; with Alipay that is
 * the usual state until the payer's page was opened. `returned`: of the money that came, all or a part went back.
 */
export type ProviderPayment =
  | { state: "success"; tradeNo: string; amountFen: number; paidAt: Date; returned?: true }
  | { state: "pending" }
  | { state: "refused"; code: PayerRefusal }
  | { state: "closed" }
  | { state: "unknown" };

/**
 * `abnormal`: the money could not reach the payer and lies at the provider, where the merchant has to see to it; `failed`:
 * the provider closed the refund and nothing was returned.
 */
export interface ProviderRefund {
  state: "success" | "processing" | "abnormal" | "failed";
}

export type PayerRefusal = "payment.limit_exceeded" | "payment.declined" | "payment.timeout";

export type NoticeVerdict =
  | { ok: true; notice: Notice }
  | { ok: false; reason: NoticeRejection; detail: string };

/** `ignored`: authentic and ours, but nothing to act on (a trade closed, an event not subscribed); acknowledge it. */
export type Notice =
  | {
      kind: "payment";
      noticeId: string;
      paymentId: string;
      tradeNo: string;
      amountFen: number;
      paidAt: Date;
    }
  | {
      kind: "refund";
      noticeId: string;
      paymentId: string;
      refundId: string;
      tradeNo: string;
      /** Of this refund, where the provider says it. */
      amountFen?: number;
      outcome: "success" | "abnormal" | "failed";
    }
  | { kind: "ignored"; noticeId: string; event: string };

export type NoticeRejection =
  | "signature"
  | "timestamp"
  | "merchant"
  | "app"
  | "currency"
  | "amount"
  | "malformed";

/** `refused` means that the provider answered and will not; `malformed` that its answer cannot be trusted or read. */
export type ProviderFailure = "timeout" | "unavailable" | "refused" | "malformed";

export class ProviderError extends Error {
  readonly kind: ProviderFailure;
  /** The provider's own error code, where it gave one. */
  readonly providerCode: string | undefined;
  /** Set when the refusal says that the payer has paid already. */
  readonly paid: boolean;

  constructor(
    kind: ProviderFailure,
    message: string,
    more: { providerCode?: string; paid?: boolean; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? {} : { cause: more.cause });
    this.name = "ProviderError";
    this.kind = kind;
    this.providerCode = more.providerCode;
    this.paid = more.paid ?? false;
  }
}
