import { setTimeout as delay } from "node:timers/promises";
import { unlessAway, type World } from "./world.ts";

/** Time flies for those who do not pay: their hold has run out. */
export async function keepExpiring(world: World, expiring: Set<string>, signal: AbortSignal): Promise<void> {
  // What is locked just now is left for the next round: waiting for it could deadlock with the product.
  const text = `with given as (select unnest($1::uuid[]) as id), waiting as (
      select id from orders where id in (select id from given) and status = 'awaiting_payment'
    ), free as (
      select id from orders where id in (select id from waiting) for update skip locked
    ), ended as (
      update orders o set expires_at = now() from free where o.id = free.id returning o.id
    )
    select id from given where id not in (select id from waiting) or id in (select id from ended)`;
  while (!signal.aborted) {
    if (expiring.size > 0) {
      const done = await unlessAway(() => world.sql.query<{ id: string }>(text, [[...expiring]]));
      for (const { id } of done?.rows ?? []) expiring.delete(id);
    }
    await delay(300);
  }
}
