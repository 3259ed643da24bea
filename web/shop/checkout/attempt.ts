/** One attempt at an order keeps one idempotency key until it is answered, whatever the network does. */
import { ProblemError } from "@orderwatch/shared/client.ts";
import { type DeviceStorage, isRecord } from "../device/storage.ts";
import type { OrderBody } from "./draft.ts";

export interface Attempt {
  /** The Idempotency-Key of every try. */
  key: string;
  body: OrderBody;
  /** Milliseconds since 1970. */
  startedAt: number;
}

/** Pauses before the second, third and fourth try, in milliseconds. */
export const pausesMs = [1_000, 1_000, 1_000] as const;

/** What an error says about the order: made or not is known only when the server refused it. */
export type Verdict = "refused" | "unanswered" | "unclear";

/**
 * `unanswered` may be repeated at once: a lost network, or a server too busy to take the order. `unclear` (500) may have
 * made the order: only the buyer repeats it, under the same key.
 */
export function verdictOf(error: unknown): Verdict {
  if (!(error instanceof ProblemError)) return "unanswered";
  const { status, code } = error.problem;
  if (status < 500 || code === "payment.channel_unavailable") return "refused";
  return status === 500 ? "unclear" : "unanswered";
}

/**
 * Sends until it is answered, at most once more per pause. `onRepeat` hears the number of each repetition.
 * @throws the last try's error
 */
export async function sendPatiently<T>(
  send: () => Promise<T>,
  { wait, onRepeat }: { wait: (ms: number) => Promise<void>; onRepeat: (repeat: number) => void },
): Promise<T> {
  for (const [index, pause] of pausesMs.entries()) {
    try {
      return await send();
    } catch (error) {
      if (verdictOf(error) !== "unanswered") throw error;
    }
    await wait(pause);
    onRepeat(index + 1);
  }
  return await send();
}

const storageKey = "orderwatch.attempt";
// An unpaid order's hold is over by then, so finding it again would only find it expired.
const reuseMs = 5 * 60_000;

const isAttempt = (value: unknown): value is Attempt =>
  isRecord(value) &&
  typeof value.key === "string" &&
  typeof value.startedAt === "number" &&
  isRecord(value.body);

// A reload begins a new visit, and may bring the device its identity or another language; the order that it asks for is
// still the same one.
const wish = ({ session: _, deviceId: __, language: ___, ...body }: OrderBody) => JSON.stringify(body);

/** The unanswered attempt at this very order, or a new one; kept on the device until `endAttempt`. */
export function beginAttempt(
  storage: DeviceStorage,
  body: OrderBody,
  { now, newKey }: { now: number; newKey: () => string },
): Attempt {
  const open = storage.read(storageKey);
  if (isAttempt(open) && now - open.startedAt < reuseMs && wish(open.body) === wish(body)) return open;
  const attempt: Attempt = { key: newKey(), body, startedAt: now };
  storage.write(storageKey, attempt);
  return attempt;
}

/** Answered: the next order is a new one, even if it looks the same. */
export function endAttempt(storage: DeviceStorage): void {
  storage.remove(storageKey);
}
