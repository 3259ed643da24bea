import type { Clock } from "../../../platform/clock.ts";

/** What an adapter takes from around it, so that tests can hold the clock. */
export interface ProviderSurroundings {
  clock: Clock;
  /** 32 characters that do not repeat. */
  nonce(): string;
  /** For each call to the provider, to the last byte of its answer. */
  timeoutMs: number;
}
