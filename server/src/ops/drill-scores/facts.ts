import type { AlertLevel } from "@orderwatch/shared/ops/detection.ts";
import type { Expectations } from "@orderwatch/shared/ops/drills.ts";

/** What is known of a run once it is over; times in seconds since the moment of injection, null when it never was. */
export interface ScoreFacts {
  expect: Expectations;
  /** The run's incidents, the first to open first. */
  incidents: readonly {
    rule: string | null;
    level: AlertLevel;
    openedS: number;
    acknowledgedS: number | null;
    firstStepS: number | null;
    /** When its alerts were over, or a person said so; whether anybody did anything about it is another question. */
    mitigatedS: number | null;
    /** When the first step of a runbook was executed that acts on the shop itself, and was not taken back as harmful. */
    actedS: number | null;
    /** When a person, and not the end of its alerts, said that it is mitigated or over. */
    saidS: number | null;
    /** Runbooks of which a step was executed. */
    runbooks: readonly string[];
  }[];
  /** When the fault was taken back; null for one that is over the moment that it strikes. */
  revertedS: number | null;
  pages: { sent: number; delivered: number; firstDeliveredS: number | null };
  /** Of real ones: touched by leases, failed by what rows say, and refused as far as nodes counted it. */
  buyers: { touched: number; allowed: number; failed: number; refused: number };
  /** Null when the rows could not be looked through. */
  violations: readonly { invariant: string; what: string; count: number }[] | null;
  /** Orders of the run's time whose delivery failed, those of them with a ticket, and with one that a person has taken over. */
  failedOrders: { count: number; withTicket: number; taken: number };
  reverted: { faults: number; verified: number; hypothesisHolds: boolean };
  /** Codes of failure that moved while nobody noticed, the most frequent first. */
  moved: readonly string[];
}

export type IncidentFacts = ScoreFacts["incidents"][number];
