import { z } from "zod";

export interface KeptLine {
  at: Date;
  node: string;
  level: "warn" | "error" | "fatal";
  requestId: string | null;
  orderId: string | null;
  paymentId: string | null;
  message: string;
}

const Line = z.looseObject({
  level: z.number(),
  time: z.coerce.date(),
  node: z.string(),
  msg: z.string().default(""),
  requestId: z.string().max(100).nullish(),
  orderId: z.uuid().nullish(),
  paymentId: z.uuid().nullish(),
  err: z.looseObject({ type: z.string().optional(), code: z.string().optional() }).optional(),
  code: z.string().optional(),
  failure: z.string().optional(),
  reason: z.string().optional(),
  status: z.number().optional(),
  route: z.string().optional(),
});

const longest = 500;

/**
 * What is kept of a line of the log; null for lines that are about no order, payment or request. Only facts that are known
 * to be free of personal data are taken along: an error's kind, not what it says.
 */
export function keptLine(json: string): KeptLine | null {
  const parsed = Line.safeParse(JSON.parse(json));
  if (!parsed.success) return null;
  const { level, time, node, msg, requestId, orderId, paymentId, err, ...facts } = parsed.data;
  if (!requestId && !orderId && !paymentId) return null;
  const { route, status, code, failure, reason } = facts;
  const about = [route, status, code, failure, reason, err?.type, err?.code].filter(
    (fact) => fact !== undefined,
  );
  return {
    ...{ at: time, node, level: level >= 60 ? "fatal" : level >= 50 ? "error" : "warn" },
    ...{ requestId: requestId ?? null, orderId: orderId ?? null, paymentId: paymentId ?? null },
    message: (about.length === 0 ? msg : `${msg} (${[...new Set(about)].join(", ")})`).slice(0, longest),
  };
}
