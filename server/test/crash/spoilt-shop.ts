import pg from "pg";
import { checkRows } from "../../src/shop/invariants/actions.ts";
import { createTestDatabase } from "../database.ts";
import type { Books } from "./books.ts";
import { checkBooks, checkMemory } from "./check-books.ts";
import type { Memory } from "./memory.ts";
import { books, fillShop, id, memory } from "./shop-at-rest.ts";

export interface SpoiltShop {
  client: pg.Client;
  /** What the checker finds when the rows are spoilt in this way; afterwards they are whole again. */
  findSpoilt(statements: readonly string[], given?: { books?: Books; memory?: Memory }): Promise<string[]>;
  close(): Promise<void>;
}

/** A shop at rest in a database of its own, for a test to spoil. `:name` in a statement is the id of that name. */
export async function openSpoiltShop(): Promise<SpoiltShop> {
  const database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await fillShop(client);
  return {
    client,
    async findSpoilt(statements, given = {}) {
      await client.query("begin");
      try {
        for (const text of statements)
          await client.query(text.replace(/:([a-zA-Z-]+)/g, (_, name) => `'${id(name)}'`));
        const found = [
          ...(await checkRows(client)),
          ...(await checkBooks(client, given.books ?? books())),
          ...(await checkMemory(client, given.memory ?? memory())),
        ];
        return found.map(({ invariant, what }) => `${invariant}: ${what}`);
      } finally {
        await client.query("rollback");
      }
    },
    async close() {
      await client.end();
      await database.drop();
    },
  };
}

export const event = (order: string, type: string, status: string) =>
  `insert into order_events (id, order_id, type, status, method, origin, at)
    values (uuidv7(), :${order}, '${type}', '${status}', 'wechat', 'buyer', now())`;

/** A refund that its company would not make. */
export const refused = (refund: string) => [
  "alter table refunds disable trigger all",
  `update refunds set status = 'failed' where id = :${refund}`,
];
/** The refund of the late payment once more, as staff make it after the company's refusal. */
export const madeAgain = (amountFen: number) =>
  `insert into refunds (id, payment_id, order_id, amount_fen, code, reason, status, created_at)
    values (:refund-again, :payment-late, :late, ${amountFen}, 'refund.by_staff', '', 'done', now() + interval '1 hour')`;
