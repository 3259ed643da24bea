/** What buyers can say afterwards, to be held against the rows. */
export interface Memory {
  /** Orders that were answered with 201: by id, what the buyer was promised. */
  accepted: Map<string, { n: number; token: string; amountFen: number }>;
  /** Orders by the key that they were placed with. */
  idOfKey: Map<string, string>;
  /** Codes that buyers were shown, and whom. */
  codes: Map<string, string>;
  /** Steps of visits that were answered as written, by session. */
  steps: Map<string, { step: string; sku: string }[]>;
  /** Accounts that buyers named in the place of one that does not exist, by order, once that was answered. */
  corrected: Map<string, string>;
  /** Streams of orders: opened, cut off, ended by the shop; and orders that somebody may follow just now. */
  streams: { opened: number; cut: number; ended: number; news: number };
  latest: { id: string; token: string } | undefined;
  /** Refunds that staff asked for, by order; `fen` is undefined for all that is left. */
  refundsByStaff: Map<string, { refundId: string; fen: number | undefined; answered: boolean }>;
  /** Answers that no client should ever get. */
  surprises: string[];
  /** Answers that clients get over, by what they were. */
  passing: Map<string, number>;
  refused: Map<string, number>;
}

export const newMemory = (): Memory => ({
  accepted: new Map(),
  idOfKey: new Map(),
  codes: new Map(),
  steps: new Map(),
  corrected: new Map(),
  streams: { opened: 0, cut: 0, ended: 0, news: 0 },
  latest: undefined,
  refundsByStaff: new Map(),
  surprises: [],
  passing: new Map(),
  refused: new Map(),
});

export interface Market {
  shopUrl: string;
  sandboxUrl: string;
  memory: Memory;
  /** Lets the order's hold run out now. */
  letExpire: (orderId: string) => void;
}

/** Buyers try again for so long. */
export const patienceMs = 120_000;
export const sightMs = 60_000;
export const count = (counts: Map<string, number>, what: string) =>
  counts.set(what, (counts.get(what) ?? 0) + 1);
