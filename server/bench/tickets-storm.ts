import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import { failingCompany } from "../test/faults.ts";
import { eventually } from "../test/poll.ts";
import { print } from "./figures.ts";
import { redeliver } from "./redelivery.ts";
import { onStage } from "./stage.ts";

const downMs = 120_000;
/** Whoever failed in the last moment has its ticket before staff begin to deliver again. */
const breathMs = 5_000;
const seenWithinMs = 30_000;
const endsWithinMs = 300_000;

/**
 * The supplier is down for two minutes under 20 orders a second: who failed has a ticket, the burst has one incident,
 * staff deliver again once it is back, and each buyer is told what became of their own order.
 */
export async function benchTicketsStorm(): Promise<void> {
  await onStage(async ({ product, watch, buyers, sql, admin }) => {
    const supplier = failingCompany(product, "supplier", 1);
    await delay(breathMs);
    const downAt = await supplier.strike();
    const { incident } = await watch.first(
      "an incident of the supplier",
      ({ rule }) => rule === supplier.rule,
      seenWithinMs,
    );
    await delay(downMs - (Date.now() - downAt));
    await supplier.heal();
    const healedAt = Date.now();
    await delay(breathMs);
    const redelivering = redeliver(admin, incident.id, 500);
    const { at } = await watch.first(
      "the incident is resolved",
      ({ id, state }) => id === incident.id && state === "resolved",
      endsWithinMs,
    );
    await redelivering.stop();
    const open = () =>
      count(sql, "tickets where state not in ('resolved', 'closed') and cause = 'delivery_failed'");
    await eventually("its tickets are answered", async () => (await open()) === 0, 60_000);
    const answeredAt = Date.now();
    await buyers.stop();
    await report(sql);
    print(`resolved after mending      ${((at - healedAt) / 1_000).toFixed(0)} s`);
    print(`all answered after that     ${((answeredAt - at) / 1_000).toFixed(0)} s`);
    print(await buyers.rates(sql));
  });
}

async function count(sql: pg.Client, from: string): Promise<number> {
  const { rows } = await sql.query<{ n: number }>(`select count(*)::int as n from ${from}`);
  return rows[0]?.n ?? 0;
}

async function report(sql: pg.Client): Promise<void> {
  const failed =
    "(select distinct order_id from order_events where type = 'failed' and status = 'delivery_failed') f";
  const ticketed = "tickets t where t.cause = 'delivery_failed'";
  print(`orders that failed          ${await count(sql, failed)}`);
  const without = `${failed} where not exists (select from ${ticketed} and t.order_id = f.order_id)`;
  const twice = `(select from ${ticketed} group by t.order_id having count(*) > 1) x`;
  print(`  without a ticket          ${await count(sql, without)}   (goal 0)`);
  print(`  with more than one        ${await count(sql, twice)}   (goal 0)`);
  print(`tickets                     ${await count(sql, ticketed)}`);
  print(`  part of an incident       ${await count(sql, `${ticketed} and t.incident_id is not null`)}`);
  const { rows } = await sql.query<{ rule: string; n: number }>(
    "select rule, count(*)::int as n from incidents group by 1 order by 1",
  );
  print(`incidents                   ${rows.map(({ rule, n }) => `${n} × ${rule}`).join(", ")}   (goal 1)`);
  const outcomes = "conversation_messages m where m.kind = 'outcome'";
  print(
    `buyers told the outcome     ${await count(sql, `(select distinct m.conversation_id from ${outcomes}) x`)}`,
  );
  const again = `(select from ${outcomes} group by m.conversation_id having count(*) > 1) x`;
  print(`  twice                     ${await count(sql, again)}   (goal 0)`);
}
