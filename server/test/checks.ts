import type pg from "pg";

/** Something that a campaign's end must not show. */
export interface Violation {
  invariant: string;
  what: string;
  /** How often, and the first few. */
  count: number;
  samples: unknown[];
}

/** Selects what must not be. */
export interface Check {
  invariant: string;
  what: string;
  text: string;
  values?: unknown[];
}

export const shownSamples = 5;

/** What the checks select, one violation for each that selects anything. */
export async function runChecks(sql: Pick<pg.Pool, "query">, checks: readonly Check[]): Promise<Violation[]> {
  const violations: Violation[] = [];
  for (const { invariant, what, text, values = [] } of checks) {
    const { rows } = await sql.query(text, values);
    if (rows.length > 0)
      violations.push({ invariant, what, count: rows.length, samples: rows.slice(0, shownSamples) });
  }
  return violations;
}
