import type pg from "pg";
import type { Violation } from "../../src/shop/invariants/actions.ts";
import { count, type Market, type Memory, sightMs } from "./memory.ts";
import { type Script, sessionOf } from "./plan.ts";
import { call, codeOf, persist } from "./wire.ts";

/** What the page tells of a visit while its buyer orders; whoever tells it twice is counted once. */
export async function sendBeacons(market: Market, script: Script): Promise<void> {
  const { memory } = market;
  const session = sessionOf(script);
  const [first] = script.items;
  const steps = [
    { step: "visit", sku: "" },
    { step: "product", sku: first?.sku ?? "" },
    { step: "checkout", sku: first?.sku ?? "" },
  ];
  const body = steps.map(({ step, sku }) => ({ session, step, ...(sku === "" ? {} : { sku }) }));
  const answer = await persist(
    () =>
      call("POST", `${market.shopUrl}/api/beacons`, {
        ...{ body, headers: { "x-forwarded-for": script.address } },
      }),
    sightMs,
    (passing) => count(memory.passing, passing ? `beacons ${passing.status}` : "beacons: no answer"),
  );
  // Whoever shares an address with too many is told so.
  if (answer?.status === 204) memory.steps.set(session, steps);
  else if (answer && codeOf(answer) !== "risk.too_many_requests")
    memory.surprises.push(`the beacons of ${session} were answered ${answer.status} ${codeOf(answer)}`);
}

/** Each step whose beacon was answered is in the rows; without its product where a node's list did not know it yet. */
export async function checkSteps(sql: Pick<pg.Pool, "query">, memory: Memory): Promise<Violation[]> {
  const told = [...memory.steps].flatMap(([session, steps]) => steps.map((step) => ({ session, ...step })));
  const { rows } = await sql.query<{ session: string; step: string; sku: string }>(
    `select t.* from unnest($1::text[], $2::text[], $3::text[]) as t (session, step, sku)
      where not case t.step when 'visit' then exists (select from visits v where v.session = t.session)
        else exists (select from visit_steps s where s.session = t.session and s.step = t.step and s.sku in (t.sku, '')) end`,
    [told.map(({ session }) => session), told.map(({ step }) => step), told.map(({ sku }) => sku)],
  );
  const what = "a step of a visit that was answered as written and is not there";
  return rows.length === 0
    ? []
    : [{ invariant: "client", what, count: rows.length, samples: rows.slice(0, 5) }];
}
