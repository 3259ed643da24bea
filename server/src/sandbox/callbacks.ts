import type { Logger } from "../platform/log.ts";
import { callOutbound, OutboundError } from "../platform/outbound.ts";
import type { Behaviours } from "./behaviour.ts";
import type { Gateway } from "./trade.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** After how long each company sends an unacknowledged callback again; the first one goes at once. */
const schedules: Record<Gateway, { delaysMs: readonly number[]; timesFaster: number }> = {
  // https://pay.weixin.qq.com/doc/v3/merchant/4012791861
  wechat: {
    delaysMs: [
      ...[
        15 * SECOND,
        15 * SECOND,
        30 * SECOND,
        3 * MINUTE,
        10 * MINUTE,
        20 * MINUTE,
        30 * MINUTE,
        30 * MINUTE,
      ],
      ...[30 * MINUTE, HOUR, 3 * HOUR, 3 * HOUR, 3 * HOUR, 6 * HOUR, 6 * HOUR],
    ],
    timesFaster: 15,
  },
  // https://opendocs.alipay.com/open/203/105286
  alipay: {
    delaysMs: [4 * MINUTE, 10 * MINUTE, 10 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR, 15 * HOUR],
    timesFaster: 240,
  },
};

/** Played faster than in life, so that the first repetition comes after a second and the last within the day. */
export function callbackDelaysMs(gateway: Gateway): number[] {
  const { delaysMs, timesFaster } = schedules[gateway];
  return delaysMs.map((delayMs) => delayMs / timesFaster);
}

export interface Callback {
  gateway: Gateway;
  url: string;
  /** Made anew for each sending: a signature's time must be fresh. */
  make(): { headers: Record<string, string>; body: string };
  /** Whether the merchant took it. */
  isAcknowledged(status: number, body: string): boolean;
  onAcknowledged(): Promise<void>;
  /** A bad day lost it, and it will not be sent again. */
  onLost(): Promise<void>;
}

/** One that the merchant took, byte for byte. */
export interface SentCallback {
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** The newest ones that were taken, for whoever wants to send them again. */
const TAKEN_KEPT = 100;
const TIMEOUT_MS = 5 * SECOND;
const MAX_ANSWER_BYTES = 64 * 1024;

/** Sends callbacks until each is acknowledged, a bad day loses it or its schedule is through. */
export class Callbacks {
  readonly #behaviours: Behaviours;
  readonly #log: Logger;
  readonly #waiting = new Set<NodeJS.Timeout>();
  readonly #sending = new Set<Promise<void>>();
  readonly #taken: SentCallback[] = [];
  #closed = false;

  constructor(behaviours: Behaviours, log: Logger) {
    this.#behaviours = behaviours;
    this.#log = log;
  }

  /** The first time after `afterMs`, or at once. */
  send(callback: Callback, afterMs = 0): void {
    const delaysMs = callbackDelaysMs(callback.gateway);
    if (afterMs === 0) this.#attempt(callback, delaysMs);
    else this.#repeatLater(callback, [afterMs, ...delaysMs]);
  }

  /** What was taken lately, oldest first. */
  get taken(): readonly SentCallback[] {
    return this.#taken;
  }

  /** Sends nothing more; resolves when what is under way has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#waiting) clearTimeout(timer);
    await Promise.all(this.#sending);
  }

  #attempt(callback: Callback, delaysMs: number[]): void {
    if (this.#closed) return;
    const copies = this.#behaviours.copies(callback.gateway);
    if (copies === 0) {
      this.#lose(callback);
      return;
    }
    const sending = this.#sendCopies(callback, copies)
      .then(async (acknowledged) => {
        if (acknowledged) await callback.onAcknowledged();
        else this.#repeatLater(callback, delaysMs);
      })
      .catch((error: unknown) => {
        this.#log.error({ err: error, url: callback.url }, "a callback could not be sent");
        this.#repeatLater(callback, delaysMs);
      })
      .finally(() => this.#sending.delete(sending));
    this.#sending.add(sending);
  }

  #lose(callback: Callback): void {
    const losing = callback
      .onLost()
      .catch((error: unknown) =>
        this.#log.error({ err: error, url: callback.url }, "a lost callback could not be noted"),
      )
      .finally(() => this.#sending.delete(losing));
    this.#sending.add(losing);
  }

  #repeatLater(callback: Callback, [nextMs, ...laterMs]: number[]): void {
    if (nextMs === undefined || this.#closed) return;
    const timer = setTimeout(() => {
      this.#waiting.delete(timer);
      this.#attempt(callback, laterMs);
    }, nextMs);
    this.#waiting.add(timer);
  }

  /** Whether any copy was acknowledged. */
  async #sendCopies(callback: Callback, copies: number): Promise<boolean> {
    const sent = Array.from({ length: copies }, () => this.#sendOnce(callback));
    return (await Promise.all(sent)).includes(true);
  }

  async #sendOnce(callback: Callback): Promise<boolean> {
    const { headers, body } = callback.make();
    try {
      const answer = await callOutbound({
        url: callback.url,
        method: "POST",
        headers,
        body,
        timeoutMs: TIMEOUT_MS,
        maxBytes: MAX_ANSWER_BYTES,
      });
      const isTaken = callback.isAcknowledged(answer.status, answer.body.toString("utf8"));
      if (isTaken) this.#remember({ url: callback.url, headers, body });
      return isTaken;
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error;
      this.#log.debug({ url: callback.url, reason: error.message }, "a callback got no answer");
      return false;
    }
  }

  #remember(sent: SentCallback): void {
    this.#taken.push(sent);
    if (this.#taken.length > TAKEN_KEPT) this.#taken.shift();
  }
}
