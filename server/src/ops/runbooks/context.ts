import type { Runbook } from "@orderwatch/shared/ops/runbooks.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import type { Cache } from "../../platform/cache.ts";
import type { Sql } from "../../platform/db.ts";
import type { Logger } from "../../platform/log.ts";
import type { AuditContext } from "../audit/actions.ts";
import type { Nodes } from "../nodes/actions.ts";
import type { FigureBook } from "./figures.ts";

export interface Person {
  id: string;
  name: string;
}

/** What a runbook needs to know of its incident. */
export interface RunbookIncident {
  id: string;
  labels: Record<string, string>;
  runbook: string | null;
  isOpen: boolean;
  /** Whether it strikes simulated shoppers alone; null where no order tells. */
  isSimulated: boolean | null;
}

/** What a runbook tells incidents; handed in, so that neither knows the other. All but `find` join a transaction. */
export interface IncidentDoor {
  /** Throws `incident.not_found`. */
  find(id: string): Promise<RunbookIncident>;
  planStarted(sql: Sql, id: string, at: Date): Promise<void>;
  thirdPartyEngaged(context: AuditContext, by: Person, id: string, text: string): Promise<void>;
  note(
    sql: Sql,
    id: string,
    entry: {
      type: string;
      by: Person | null;
      text: Words;
      facts: Record<string, string | number | boolean | null>;
    },
  ): Promise<void>;
}

/** What a runbook asks of the messages to buyers. */
export interface BuyersDoor {
  /** What telling them would do now; refused where `obstacle` says why. */
  foresee(incidentId: string): Promise<{
    obstacle: Words | null;
    reach: { buyers: number; sms: number; email: number };
    needsApproval: boolean;
  }>;
  /** With the incident's own words; the same `message` again is the same message. Joins the transaction of `context`. */
  tell(context: AuditContext, by: Person, incidentId: string, message: string): Promise<void>;
}

export interface RunbookContext extends AuditContext {
  cache: Pick<Cache, "changed">;
  log: Logger;
  nodes: Pick<Nodes, "list" | "command">;
  figures: FigureBook;
  incidents: IncidentDoor;
  buyers: BuyersDoor;
  library: ReadonlyMap<string, Runbook>;
}
