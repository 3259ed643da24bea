import { setTimeout as delay } from "node:timers/promises";
import type { Sql } from "../platform/db.ts";
import type { Logger } from "../platform/log.ts";
import { announceConsole, type ConsoleAddress, withdrawConsole } from "./consoles-store.ts";

const renewEveryMs = 5_000;

/** Lists this console for the nodes to find, until stopped. Throws when the first announcement fails. */
export async function keepAnnounced(options: {
  sql: Sql;
  address: ConsoleAddress;
  log: Logger;
}): Promise<{ stop(): Promise<void> }> {
  const { sql, address, log } = options;
  const stopped = new AbortController();
  await announceConsole(sql, address);
  const renewing = (async () => {
    for (;;) {
      await delay(renewEveryMs, undefined, { signal: stopped.signal, ref: false });
      await announceConsole(sql, address).catch((error: unknown) =>
        log.warn({ err: error }, "nodes may not find this console: its row could not be renewed"),
      );
    }
  })().catch((error: unknown) => {
    if (!stopped.signal.aborted) throw error;
  });
  return {
    async stop() {
      stopped.abort();
      await renewing;
      await withdrawConsole(sql, address);
    },
  };
}
