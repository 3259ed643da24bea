import type { AttemptState, NotificationKind } from "@orderwatch/shared/ops/notify.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import type { Clock } from "../../platform/clock.ts";
import { faultPoint } from "../../platform/faultpoint.ts";
import type { NewId } from "../../platform/ids.ts";
import type { Channels } from "./channels/channel.ts";
import { type Attempt, askAgainAt, bundle, nextStep, type Step, type Way } from "./domain.ts";

export interface BringContext {
  clock: Clock;
  newId: NewId;
  channels: Channels;
  /** The console's address, which links within it are completed with. */
  url: string;
}

export interface Content {
  title: Words;
  text: Words;
  link: string | null;
}

/**
 * Where it stands what became of a message: in rows, or in memory while there are none to be had. False from `begin` and
 * `record` means that the message is another's by now.
 */
export interface Ledger {
  attempts(): Promise<readonly Attempt[]>;
  /** The message, and those that ride along. */
  contents(): Promise<readonly Content[]>;
  /** To be awaited before a call is made. */
  begin(call: { attemptId: string; number: number; round: number; way: Way; now: Date }): Promise<boolean>;
  record(given: {
    attemptId: string;
    state: AttemptState;
    providerId?: string | null;
    detail?: string | null;
    now: Date;
  }): Promise<boolean>;
  postpone(given: { nextAt: Date; round: number }): Promise<void>;
  settle(given: {
    state: "sent" | "delivered" | "exhausted";
    reason: string | null;
    now: Date;
  }): Promise<void>;
}

interface Message {
  kind: NotificationKind;
  round: number;
  urgent: boolean;
}

/** A message comes to a rest long before; this ends one whose attempts would have it go round for ever. */
const mostSteps = 50;

/** Brings a message as far as it goes now: until it has to wait, has come to its end, or is another's. */
export async function bring(
  context: BringContext,
  message: Message,
  ways: readonly Way[],
  ledger: Ledger,
): Promise<void> {
  for (let steps = 0; steps < mostSteps; steps += 1) {
    const attempts = await ledger.attempts();
    const step = nextStep(message, ways, attempts, context.clock.now());
    if (!(await take(context, message, ledger, step, attempts.length))) return;
  }
  throw new Error("a message that comes to no rest");
}

/** Does one step; false when the message rests, or is another's by now. */
async function take(
  context: BringContext,
  message: Message,
  ledger: Ledger,
  step: Step,
  made: number,
): Promise<boolean> {
  const now = context.clock.now();
  switch (step.do) {
    case "call":
      return await call(context, message, ledger, step, made);
    case "ask":
      return await ask(context, message, ledger, step);
    case "mark":
      return await ledger.record({
        ...{ attemptId: step.attempt.id, state: step.state, detail: step.detail, now },
      });
    case "wait":
      await ledger.postpone({ nextAt: step.until, round: message.round });
      return false;
    case "round":
      await ledger.postpone({ nextAt: step.at, round: message.round + 1 });
      return false;
    case "end":
      await ledger.settle({ state: step.state, reason: step.reason, now });
      return false;
  }
}

async function call(
  { clock, newId, channels, url }: BringContext,
  message: Message,
  ledger: Ledger,
  { way, again }: Extract<Step, { do: "call" }>,
  made: number,
): Promise<boolean> {
  const channel = channels.get(way.channel);
  if (!channel) throw new Error(`no channel ${way.channel}`);
  const attemptId = again?.id ?? newId();
  const isMine = await ledger.begin({
    ...{ attemptId, number: again?.number ?? made + 1, round: message.round, way, now: clock.now() },
  });
  if (!isMine) return false;
  const { title, text, link } = bundle(await ledger.contents(), way.language);
  await faultPoint("notify.calling");
  const result = await channel.send(
    { id: attemptId, title, text, link: completed(url, link), urgent: message.urgent },
    way.address,
  );
  await faultPoint("notify.called");
  const isThere = result.state === "accepted" && way.arrivesAtOnce;
  const recorded = await ledger.record({
    ...{ attemptId, ...result, now: clock.now() },
    ...(isThere ? { state: "delivered" } : {}),
  });
  await faultPoint("notify.recorded");
  return recorded;
}

/** Asks the company what became of a call; `lost` when its answer was never heard. */
async function ask(
  context: BringContext,
  message: Message,
  ledger: Ledger,
  { way, attempt, why }: Extract<Step, { do: "ask" }>,
): Promise<boolean> {
  const receipt = await context.channels.get(way.channel)?.receipt?.(attempt, way.address);
  const now = context.clock.now();
  const base = { attemptId: attempt.id, now };
  switch (receipt?.state) {
    case "delivered":
      return await ledger.record({ ...base, state: "delivered" });
    case "undelivered":
      return await ledger.record({ ...base, state: "undelivered", detail: receipt.detail });
    case "pending":
      // It is there, but on its way: what was lost is only the answer.
      if (why === "lost") return await ledger.record({ ...base, state: "accepted" });
      break;
    case "unknown":
      // It was never sent: the process died before its call, which is now made.
      if (why === "lost" && attempt.calls < 3)
        return await call(context, message, ledger, { do: "call", way, again: attempt }, attempt.number);
  }
  if (why === "lost") return await ledger.record({ ...base, state: "unclear", detail: "the call was lost" });
  await ledger.postpone({ nextAt: askAgainAt(now), round: message.round });
  return false;
}

function completed(url: string, link: string | null): string | null {
  return link === null || URL.canParse(link) ? link : `${url}${link}`;
}
