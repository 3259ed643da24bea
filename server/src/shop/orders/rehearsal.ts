import { randomBytes } from "node:crypto";
import type { Keys } from "../../platform/crypto.ts";
import type { Database, Sql } from "../../platform/db.ts";
import type { NewId } from "../../platform/ids.ts";
import type { Logger } from "../../platform/log.ts";
import type { OrderSignals } from "./events.ts";
import { createPlacer, type Placer } from "./place.ts";
import { placeOrders } from "./place-statement.ts";

/**
 * Places orders that nobody ever sees, with all that placing real ones takes. Whatever is ordered, it is one of a product that
 * exists in that transaction alone, and is rolled back: nobody waits for it, and it waits for nobody.
 */
export function createRehearsal(deps: {
  ordering: Database;
  keys: Keys;
  newId: NewId;
  shopUrl: string;
  log: Logger;
}): Placer {
  const sku = `rehearsal-${randomBytes(8).toString("hex")}`;
  const placer = createPlacer({
    ...deps,
    ...{ db: deps.ordering, signals: unheard },
    place: (batch) =>
      unwound(deps.ordering, async (sql) => {
        await stockUp(sql, sku, batch.length);
        return placeOrders(sql, batch, null);
      }),
  });
  return {
    ...placer,
    place: (input) => placer.place({ ...input, body: { ...input.body, items: [{ sku, quantity: 1 }] } }),
  };
}

const unheard: OrderSignals = {
  placed: () => undefined,
  refused: () => undefined,
  paid: () => undefined,
  delivered: () => undefined,
  failed: () => undefined,
  expired: () => undefined,
};

class Unwinding extends Error {}

/** What `work` finds in a transaction that leaves nothing behind. */
async function unwound<T>(db: Database, work: (sql: Sql) => Promise<T>): Promise<T> {
  let found: { value: T } | undefined;
  await db
    .transaction(async (sql) => {
      found = { value: await work(sql) };
      throw new Unwinding();
    })
    .catch((error: unknown) => {
      if (!(error instanceof Unwinding)) throw error;
    });
  if (!found) throw new Error("a rehearsal ended without a result");
  return found.value;
}

async function stockUp(sql: Sql, sku: string, codes: number): Promise<void> {
  await sql.query(
    `with product as (
       insert into products (id, sku, name, kind, price_fen, created_at, updated_at)
       values (uuidv7(), $1, $1, 'code', 1, now(), now()) returning id)
     insert into codes (product_id, import_id, sealed, lookup)
     select id, id, code, code from product, unnest($2::bytea[]) code`,
    [sku, Array.from({ length: codes }, () => randomBytes(32))],
  );
}
