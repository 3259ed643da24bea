import { readFile } from "node:fs/promises";
import type { Violation } from "../../src/shop/invariants/actions.ts";
import type { Looks } from "./looks.ts";
import type { LostCallbacks } from "./lost-callbacks.ts";
import type { Memory } from "./memory.ts";
import type { Outcomes } from "./outcomes.ts";
import type { World } from "./world.ts";

/** What a campaign came to. */
export interface Report {
  seed: number;
  begun: number;
  kills: number;
  killsOf: Record<string, number>;
  disturbances: number;
  /** Armed, and passed by nobody until the end. */
  unstruck: string[];
  unreached: string[];
  accepted: number;
  statuses: Record<string, number>;
  outcomes: Outcomes;
  lost: LostCallbacks;
  /** Days of the companies that they had, were told of again after a restart, and missed. */
  badDays: { had: number; toldAgain: number; unnoticed: number };
  /** Orders whose money staff gave back although the supplier had delivered. */
  knownLosses: string[];
  passing: Record<string, number>;
  refused: Record<string, number>;
  /** Visits whose steps were answered as written. */
  steps: number;
  /** Buyers who named another account than the one that does not exist. */
  corrected: number;
  /** Payments that staff confirmed, because the company said that the money had come. */
  confirmed: number;
  /** Pages that followed an order while processes died under them. */
  streams: Memory["streams"];
  tickets: Record<string, number>;
  loadSeconds: number;
  settleSeconds: number;
  looks: Looks;
  violations: Violation[];
  /** What the product logged, by message. */
  logged: Record<string, number>;
  /** Lines that are no log, such as the stack of what ended a process. */
  unlogged: string[];
}

/** What each process has used since its last start. */
export async function processorSeconds(world: World): Promise<string> {
  const used = await Promise.all(
    (await world.children()).map(async ({ name, pid }) => {
      const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
      const fields = stat.slice(stat.lastIndexOf(")")).split(" ");
      return `${name} ${((Number(fields[12]) + Number(fields[13])) / 100).toFixed(1)}`;
    }),
  );
  const own = process.cpuUsage();
  return [...used, `buyers ${((own.user + own.system) / 1e6).toFixed(1)}`].join(", ");
}
