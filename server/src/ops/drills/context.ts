import type { Drill, Scorecard } from "@orderwatch/shared/ops/drills.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Database, Sql } from "../../platform/db.ts";
import type { NewId } from "../../platform/ids.ts";
import type { Logger } from "../../platform/log.ts";
import type { CountedStep, DrillFigures } from "./figures.ts";
import type { RunRow } from "./store.ts";
import type { FaultTargets } from "./targets.ts";

/** What drills need of others; the house's other parts are handed in by `app/`. */
export interface DrillContext {
  db: Database;
  clock: Clock;
  newId: NewId;
  log: Logger;
  targets: FaultTargets;
  figures: DrillFigures;
  /** Shipped drills by their slugs. */
  library: ReadonlyMap<string, Drill>;
  /** The sandbox plays the companies, and nobody's money is at stake. */
  isDemo: boolean;
  hooks: DrillHooks;
}

export interface DrillHooks {
  countOpenIncidents(sql: Sql): Promise<number>;
  /** Those of these incidents that are open still. */
  openOf(sql: Sql, incidentIds: readonly string[]): Promise<readonly string[]>;
  /** What the last hour's minutes counted. */
  lastHour(now: Date): Promise<readonly CountedStep[]>;
  onDuty(): Promise<string[]>;
  /** A fault could not be taken back: an incident of level 1, whoever is asleep, in the transaction that says so. */
  declareRevertFailed(sql: Sql, run: RunRow, what: Words): Promise<void>;
  /** People are told; in the transaction in which it happens. `awaited`: it cannot begin before some approve it. */
  announced(sql: Sql, run: RunRow, what: "awaited" | "begun" | "ended"): Promise<void>;
  score(run: RunRow): Promise<Scorecard | null>;
}
