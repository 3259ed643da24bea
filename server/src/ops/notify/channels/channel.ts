import type { ChannelName, ContactAddress } from "@orderwatch/shared/ops/notify.ts";

/** A message in the recipient's language. */
export interface Outgoing {
  /** The attempt's id: the provider's idempotency key, the same however often the call is made. */
  id: string;
  title: string;
  text: string;
  /** A whole address, or null. */
  link: string | null;
  urgent: boolean;
}

/**
 * `refused`: never again to this address; `failed`: not taken this time; `unclear`: nobody knows whether it was taken.
 */
export type SendResult =
  | { state: "accepted"; providerId: string | null }
  | { state: "refused" | "failed" | "unclear"; detail: string };

/** `unknown`: the provider has never seen this message; `unanswered`: it did not say whether it has. */
export type Receipt =
  | { state: "delivered" | "pending" | "unknown" | "unanswered" }
  | { state: "undelivered"; detail: string };

export interface Sent {
  id: string;
  providerId: string | null;
  startedAt: Date;
}

/** A way to people. None of the calls throws for anything that the provider or the network does. */
export interface Channel {
  readonly name: ChannelName;
  /** How long to wait for a sign of arrival before the next channel is tried. */
  readonly patienceMs: number;
  /** What is accepted has arrived, since it stands where the person looks. */
  readonly arrivesAtOnce?: boolean;
  send(message: Outgoing, to: ContactAddress | null): Promise<SendResult>;
  /** Asks what became of a message; absent where the provider does not tell. */
  receipt?(sent: Sent, to: ContactAddress | null): Promise<Receipt>;
}

export type Channels = ReadonlyMap<ChannelName, Channel>;

/** For an address of another kind than the channel's: a mistake of ours, never of a provider's. */
export function wrongAddress(channel: ChannelName): never {
  throw new Error(`not an address of ${channel}`);
}
