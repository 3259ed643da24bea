import type { ProblemCode } from "@orderwatch/shared/problem.ts";
import { type Beacons, type DeviceClass, Session } from "@orderwatch/shared/shop/beacons.ts";
import type { Origin } from "@orderwatch/shared/shop/orders.ts";
import { createBatcher } from "../../platform/batcher.ts";
import type { Clock } from "../../platform/clock.ts";
import { type Database, isValueError } from "../../platform/db.ts";
import { faultPoint } from "../../platform/faultpoint.ts";
import { keptDays } from "./domain.ts";
import { deleteStraySteps, deleteVisits, type SeenStep, writeSteps } from "./store.ts";

export interface VisitLog {
  /**
   * Writes a visit's steps; what it resolves for is in the rows. Throws `server.busy` when they cannot be written in time.
   */
  record(beacons: Beacons, from: { device: DeviceClass; origin: Origin }): Promise<void>;
  /**
   * An order of this visit was refused. Best effort: nothing waits for it, and while much is under way it is left out.
   */
  refused(session: string | undefined, skus: readonly string[], code: ProblemCode): void;
  idle(): Promise<void>;
}

/** From this share of what may be under way on, refusals are not written: beacons that are waited for come first. */
const refusalsUpTo = 0.5;
/** Beacons can wait for company, so that counting visits never costs orders more than a few commits a second. */
const paceMs = 25;

/**
 * Keeps what visits do. One small statement at a time serves all that arrived meanwhile; `at` null lets the database's
 * clock say when.
 */
export function createVisitLog(deps: {
  db: Database;
  /**
   * Whether this is a product of the list that buyers are shown. Anything else that a client says in a product's place, such
   * as a phone number, is left out; the step counts all the same.
   */
  isListed: (sku: string) => Promise<boolean>;
  at: () => Date | null;
  /** The least time between two statements. */
  paceMs?: number;
}): VisitLog {
  const batcher = createBatcher<SeenStep[], true>({
    async run(batches) {
      await writeSteps(deps.db.sql, batches.flat(), deps.at());
      await faultPoint("beacons.written");
      return batches.map(() => true);
    },
    isItemFault: isValueError,
    maxBatch: 512,
    maxInFlight: 1,
    targetMs: 500,
    paceMs: deps.paceMs ?? paceMs,
  });
  const listed = async (sku: string) => ((await deps.isListed(sku)) ? sku : "");
  return {
    async record(beacons, from) {
      const steps = beacons.map(
        async ({ session, step, sku = "" }): Promise<SeenStep> => ({
          session,
          step: step === "visit" ? null : step,
          sku: step === "visit" || sku === "" ? "" : await listed(sku),
          code: "",
          makes: from,
        }),
      );
      await batcher.submit(await Promise.all(steps));
    },
    refused(session, skus, code) {
      const known = Session.safeParse(session);
      if (!known.success || batcher.load() >= refusalsUpTo) return;
      Promise.all([...new Set(skus)].map(listed))
        .then((shown) =>
          batcher.submit(
            [...new Set(shown)].map(
              (sku): SeenStep => ({ session: known.data, step: "refused", sku, code, makes: null }),
            ),
          ),
        )
        .catch(
          // Best effort by contract: the refusal itself was counted where it was made.
          () => undefined,
        );
    },
    idle: () => batcher.idle(),
  };
}

const atOnce = 5_000;

/** Forgets visits that are older than they are kept; a bounded part of them a call. */
export async function forgetOldVisits(deps: { db: Database; clock: Clock }): Promise<{ more: boolean }> {
  const before = (days: number) => new Date(deps.clock.now().getTime() - days * 86_400_000);
  const { sql } = deps.db;
  const simulated = { origins: ["simulated", "drill"] as const, before: before(keptDays.simulated) };
  const buyers = { origins: ["buyer"] as const, before: before(keptDays.buyer) };
  const left = [
    await deleteVisits(sql, { ...simulated, limit: atOnce }),
    await deleteVisits(sql, { ...buyers, limit: atOnce }),
    await deleteStraySteps(sql, before(keptDays.simulated), atOnce),
  ];
  return { more: left.includes(true) };
}
