import { z } from "zod";

/**
 * The parts of WeChat Pay's messages that are read; unknown fields are ignored, since the company adds some at any time.
 * Source: https://pay.weixin.qq.com/doc/v3/merchant/4012791832 (H5 pay and its neighbours).
 */

const fen = z.number().int().nonnegative().safe();

export const prepayAnswer = z.object({ h5_url: z.url() });

/** Both a query's answer and the resource of a `TRANSACTION.SUCCESS` callback. */
export const transaction = z.object({
  appid: z.string(),
  mchid: z.string(),
  out_trade_no: z.string(),
  transaction_id: z.string().min(1).optional(),
  trade_state: z.enum(["SUCCESS", "REFUND", "NOTPAY", "CLOSED", "REVOKED", "USERPAYING", "PAYERROR"]),
  trade_state_desc: z.string().default(""),
  success_time: z.iso.datetime({ offset: true }).optional(),
  amount: z.object({ total: fen.optional(), currency: z.string().optional() }).optional(),
});
export type Transaction = z.infer<typeof transaction>;

export const refundAnswer = z.object({
  out_refund_no: z.string(),
  status: z.enum(["SUCCESS", "CLOSED", "PROCESSING", "ABNORMAL"]),
});

/** What the company's word for a refund's state means to us. */
export const refundStates = {
  SUCCESS: "success",
  PROCESSING: "processing",
  ABNORMAL: "abnormal",
  CLOSED: "failed",
} as const;

/** The resource of a `REFUND.*` callback; it names neither app nor currency. */
export const refundNotice = z.object({
  mchid: z.string(),
  out_trade_no: z.string(),
  transaction_id: z.string(),
  out_refund_no: z.string(),
  refund_status: z.enum(["SUCCESS", "CLOSED", "ABNORMAL"]),
  amount: z.object({ refund: fen }),
});

export const billAnswer = z.object({ hash_type: z.string(), hash_value: z.string(), download_url: z.url() });

export const callback = z.object({
  id: z.string().min(1).max(64),
  event_type: z.string().min(1).max(64),
  resource_type: z.literal("encrypt-resource"),
  resource: z.object({
    algorithm: z.literal("AEAD_AES_256_GCM"),
    ciphertext: z.string(),
    nonce: z.string(),
    associated_data: z.string().optional(),
  }),
});

export const refusal = z.object({ code: z.string(), message: z.string().default("") });
