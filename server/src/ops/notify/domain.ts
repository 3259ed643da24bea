import type {
  AttemptState,
  ChannelName,
  ContactAddress,
  NotificationKind,
} from "@orderwatch/shared/ops/notify.ts";
import type { Language, Words } from "@orderwatch/shared/words.ts";

// A message ends delivered, taken by its last channel, or exhausted with the reason; until then its next step is known.

/** One address of the recipient, on a channel that this installation has. */
export interface Way {
  point: string;
  channel: ChannelName;
  /** Null for the mailbox. */
  address: ContactAddress | null;
  /** Masked. */
  target: string;
  language: Language;
  patienceMs: number;
  arrivesAtOnce: boolean;
  givesReceipts: boolean;
}

export interface Attempt {
  id: string;
  number: number;
  round: number;
  channel: ChannelName;
  point: string;
  state: AttemptState;
  calls: number;
  providerId: string | null;
  detail: string | null;
  startedAt: Date;
  acceptedAt: Date | null;
}

export type Step =
  | { do: "call"; way: Way; again: Attempt | null }
  | { do: "ask"; way: Way; attempt: Attempt; why: "lost" | "receipt" }
  | { do: "mark"; attempt: Attempt; state: "unclear" | "silent"; detail: string }
  | { do: "wait"; until: Date }
  | { do: "round"; at: Date }
  | { do: "end"; state: "sent" | "delivered" | "exhausted"; reason: string | null };

/** A call that its process did not survive is repeated; one that is never survived counts as the channel's failure. */
const mostCalls = 3;
const askEveryMs = 1_000;
const receiptWithinMs = 30_000;
/** Waits before all channels are tried anew: the next person is called long before a page's third round. */
const roundsMs: Record<NotificationKind, readonly number[]> = {
  page: [2_000],
  test: [],
  verification: [],
  notice: [5_000, 30_000, 120_000, 600_000],
  buyer: [5_000, 30_000, 120_000, 600_000, 3_600_000],
};

/** What is to be done about a message now; `attempts` in their order. */
export function nextStep(
  message: { kind: NotificationKind; round: number },
  ways: readonly Way[],
  attempts: readonly Attempt[],
  now: Date,
): Step {
  const last = attempts.at(-1);
  const way = last && ways.find(({ point }) => point === last.point);
  if (last?.state === "delivered") return { do: "end", state: "delivered", reason: null };
  if (last?.state === "calling") return afterLostCall(last, way);
  if (last?.state === "accepted" && last.acceptedAt !== null) {
    const step = afterAcceptance(message, last, last.acceptedAt, way, ways, attempts, now);
    if (step) return step;
  }
  const next = untried(message.round, ways, attempts);
  if (next) return { do: "call", way: next, again: null };
  if (attempts.some(isTaken)) return { do: "end", state: "sent", reason: null };
  const waitMs = roundsMs[message.kind][message.round];
  const isWorthIt = ways.some(
    ({ point }) => !attempts.some((one) => one.point === point && one.state === "refused"),
  );
  if (waitMs !== undefined && ways.length > 0 && isWorthIt)
    return { do: "round", at: new Date(now.getTime() + waitMs) };
  return { do: "end", state: "exhausted", reason: reasonOf(attempts) };
}

function afterLostCall(last: Attempt, way: Way | undefined): Step {
  if (way === undefined)
    return { do: "mark", attempt: last, state: "unclear", detail: "the address is gone" };
  if (way.givesReceipts) return { do: "ask", way, attempt: last, why: "lost" };
  if (last.calls < mostCalls) return { do: "call", way, again: last };
  return { do: "mark", attempt: last, state: "unclear", detail: `the call was lost ${last.calls} times` };
}

/** Undefined where acceptance is the last word and more ways are left to a page that nobody answered. */
function afterAcceptance(
  { kind, round }: { kind: NotificationKind; round: number },
  last: Attempt,
  acceptedAt: Date,
  way: Way | undefined,
  ways: readonly Way[],
  attempts: readonly Attempt[],
  now: Date,
): Step | undefined {
  if (way === undefined || way.arrivesAtOnce) return { do: "end", state: "delivered", reason: null };
  const isLast = untried(round, ways, attempts) === undefined;
  if (!way.givesReceipts && (kind !== "page" || isLast)) return { do: "end", state: "sent", reason: null };
  const patienceMs = way.givesReceipts ? Math.min(way.patienceMs, receiptWithinMs) : way.patienceMs;
  const patientUntil = acceptedAt.getTime() + patienceMs;
  if (now.getTime() < patientUntil) {
    if (!way.givesReceipts) return { do: "wait", until: new Date(patientUntil) };
    return { do: "ask", way, attempt: last, why: "receipt" };
  }
  if (!way.givesReceipts) return undefined;
  return { do: "mark", attempt: last, state: "silent", detail: `no receipt within ${patienceMs / 1000} s` };
}

/** When to ask for a receipt again that is not there yet. */
export function askAgainAt(now: Date): Date {
  return new Date(now.getTime() + askEveryMs);
}

/** Taken by a provider that never says more. */
const isTaken = ({ state }: Attempt) => state === "accepted";

function untried(round: number, ways: readonly Way[], attempts: readonly Attempt[]): Way | undefined {
  return ways.find(
    ({ point }) =>
      !attempts.some((one) => one.point === point && (one.round === round || one.state === "refused")),
  );
}

function reasonOf(attempts: readonly Attempt[]): string {
  if (attempts.length === 0) return "no way to reach them: no channel with a proven address";
  const said = new Map(
    attempts.map(({ channel, state, detail }) => [channel, `${state}${detail ? ` (${detail})` : ""}`]),
  );
  return [...said]
    .map(([channel, what]) => `${channel}: ${what}`)
    .join("; ")
    .slice(0, 1_000);
}

/** Pages to one person that come within so short a time are one message. */
const quietMs = 10_000;
const urgentQuietMs = 1_000;

/**
 * Until when a person's waiting messages are held back, since another went out a moment ago; null sends them now, as one.
 */
export function heldUntil(
  waiting: readonly { urgent: boolean; createdAt: Date }[],
  lastBegunAt: Date | null,
  now: Date,
): Date | null {
  if (lastBegunAt === null) return null;
  const ends = waiting.map(({ urgent, createdAt }) =>
    urgent
      ? Math.min(lastBegunAt.getTime(), createdAt.getTime()) + urgentQuietMs
      : lastBegunAt.getTime() + quietMs,
  );
  const end = Math.min(...ends);
  return end > now.getTime() ? new Date(end) : null;
}

const listed = 10;

/** One message for several: how many there are, and the first of them by name. */
export function bundle(
  messages: readonly { title: Words; text: Words; link: string | null }[],
  language: Language,
): { title: string; text: string; link: string | null } {
  const [first] = messages;
  if (first === undefined) throw new Error("a bundle of nothing");
  if (messages.length === 1)
    return { title: first.title[language], text: first.text[language], link: first.link };
  const more = messages.length - listed;
  const lines = messages.slice(0, listed).map(({ title }) => `· ${title[language]}`);
  const rest = language === "en" ? `… and ${more} more` : `……另有 ${more} 条`;
  const title = language === "en" ? `${messages.length} messages` : `${messages.length} 条消息`;
  return {
    title: `${title}: ${first.title[language]}`,
    text: [...lines, ...(more > 0 ? [rest] : [])].join("\n"),
    link: first.link,
  };
}
