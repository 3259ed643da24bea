import { setTimeout as delay } from "node:timers/promises";
import type { Violation } from "../../src/shop/invariants/actions.ts";
import { openText } from "./check-pages.ts";
import type { PagingWorld } from "./world.ts";

const giveUpAfterMs = 300_000;
const aheadS = 6;

/** As if some seconds had passed for whoever waits for a lease, a receipt, the next round or an answer. */
export async function keepHurrying({ db }: PagingWorld, signal: AbortSignal): Promise<void> {
  const back = `interval '${aheadS} seconds'`;
  const texts = [
    `update notifications n set next_at = n.next_at - ${back}, begun_at = n.begun_at - ${back},
       claimed_until = n.claimed_until - ${back}
     from (select id from notifications where next_at is not null or begun_at > now() - interval '12 seconds'
       order by id for update skip locked) late where n.id = late.id`,
    `update notification_attempts a set accepted_at = a.accepted_at - ${back}
     from (select id from notification_attempts where state = 'accepted' order by id for update skip locked) late
     where a.id = late.id`,
    `update escalations e set next_at = e.next_at - ${back}
     from (select id from escalations where next_at is not null order by id for update skip locked) late
     where e.id = late.id`,
  ];
  while (!signal.aborted) {
    await delay(2_000, undefined, { signal }).catch(() => undefined);
    for (const text of texts) await db.sql.query(text);
  }
}

/** Waits until nothing is on its way any more; what never comes to rest is a violation. */
export async function settle({ db }: PagingWorld): Promise<Violation[]> {
  const deadline = performance.now() + giveUpAfterMs;
  let open: { what: string; n: number }[] = [];
  for (let calm = 0; performance.now() < deadline; await delay(500)) {
    open = (await db.sql.query<{ what: string; n: number }>(openText)).rows;
    calm = open.length === 0 ? calm + 1 : 0;
    if (calm === 3) return [];
  }
  return [
    {
      ...{ invariant: "O1", what: `not at rest after ${giveUpAfterMs / 1_000} s` },
      ...{ count: open.reduce((sum, { n }) => sum + n, 0), samples: open },
    },
  ];
}
