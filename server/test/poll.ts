import { setTimeout as delay } from "node:timers/promises";

/** Waits until `ask` gives something other than undefined, null or false; throws when `withinMs` are over. */
export async function eventually<T>(
  what: string,
  ask: () => T | undefined | null | false | Promise<T | undefined | null | false>,
  withinMs = 10_000,
): Promise<T> {
  for (const deadline = Date.now() + withinMs; Date.now() < deadline; await delay(10)) {
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false) return answer;
  }
  throw new Error(`not within ${withinMs} ms: ${what}`);
}
