import { request } from "undici";
import { isInTransaction } from "./db.ts";

/** Why an outbound call gave no usable answer. `unavailable`: refused, reset, unresolvable; `oversized`: longer than allowed. */
export type OutboundFailure = "timeout" | "unavailable" | "oversized";

/** The call left no complete answer; whether the other side acted on it is unknown. */
export class OutboundError extends Error {
  readonly kind: OutboundFailure;

  constructor(kind: OutboundFailure, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.name = "OutboundError";
    this.kind = kind;
  }
}

export interface OutboundRequest {
  url: string;
  method: "GET" | "POST" | "PUT" | "DELETE";
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Until the last byte of the answer, not only until its headers. */
  timeoutMs: number;
  maxBytes: number;
  /** Gives the call up before its time; counts as `unavailable`. */
  signal?: AbortSignal;
}

export interface OutboundAnswer {
  status: number;
  /** Names in lower case; of a repeated header the first value. */
  headers: Record<string, string | undefined>;
  body: Buffer;
}

/**
 * One HTTP call to another company: bounded in time and in size, redirects not followed, every status returned as is.
 * Throws {@link OutboundError} alone; inside a database transaction a plain error, since that is a mistake of ours.
 */
export async function callOutbound(outbound: OutboundRequest): Promise<OutboundAnswer> {
  if (isInTransaction()) throw new Error("a call outward from inside a database transaction");
  const deadline = AbortSignal.timeout(outbound.timeoutMs);
  try {
    const answer = await request(outbound.url, {
      method: outbound.method,
      headers: outbound.headers ?? {},
      body: outbound.body ?? null,
      signal: outbound.signal ? AbortSignal.any([deadline, outbound.signal]) : deadline,
    });
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of answer.body) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > outbound.maxBytes) {
        answer.body.destroy();
        throw new OutboundError("oversized", `answer is longer than ${outbound.maxBytes} bytes`);
      }
      chunks.push(bytes);
    }
    const headers: Record<string, string | undefined> = {};
    for (const [name, value] of Object.entries(answer.headers)) {
      headers[name.toLowerCase()] = Array.isArray(value) ? value[0] : value;
    }
    return { status: answer.statusCode, headers, body: Buffer.concat(chunks) };
  } catch (error) {
    if (error instanceof OutboundError) throw error;
    if (deadline.aborted)
      throw new OutboundError("timeout", `no answer within ${outbound.timeoutMs} ms`, error);
    const reason = error instanceof Error ? error.message : String(error);
    throw new OutboundError("unavailable", reason, error);
  }
}
