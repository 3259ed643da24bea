import { randomUUID } from "node:crypto";
import type pg from "pg";
import type { Trade } from "../../src/sandbox/trade.ts";
import type { Books } from "./books.ts";
import { type Memory, newMemory } from "./memory.ts";

/** Orders that have come to their ends: codes delivered, recharge delivered, delivery failed, expired, paid twice, late. */
const names = ["codes", "recharge", "failed", "expired", "twice", "late"] as const;
type Name = (typeof names)[number];

const ids = new Map<string, string>();
/** Ids that stay the same for a name. */
export const id = (name: string): string => {
  const known = ids.get(name) ?? randomUUID();
  ids.set(name, known);
  return known;
};
const bare = (name: string) => id(name).replaceAll("-", "");

export const trade = (payment: string, refund?: string): Trade => ({
  gateway: "wechat",
  outTradeNo: bare(payment),
  tradeNo: `T-${payment}`,
  amountFen: 500,
  description: "",
  notifyUrl: "",
  expiresAtMs: 0,
  state: "paid",
  acknowledged: true,
  refunds: refund ? [{ outRefundNo: bare(refund), refundNo: "1", amountFen: 500, atMs: 0 }] : [],
});

const paid = ["codes", "recharge", "failed", "twice", "twice-again", "late"];

export const books = (): Books => ({
  trades: new Map(
    paid.map((name) => {
      const back = name === "late" || name === "twice-again" ? `refund-${name}` : undefined;
      return [id(`payment-${name}`), trade(`payment-${name}`, back)];
    }),
  ),
  recharges: new Map([
    [
      id("line-recharge"),
      { lineId: id("line-recharge"), sku: "TOPUP", account: "1", quantity: 1, reference: "SR1", doneAtMs: 0 },
    ],
  ]),
});

export const memory = (): Memory => {
  const remembered = newMemory();
  for (const [n, name] of names.entries())
    remembered.accepted.set(id(name), { n, token: "", amountFen: 500 });
  return remembered;
};

const histories: Record<Name, readonly (readonly [type: string, status: string])[]> = {
  codes: [
    ["placed", "awaiting_payment"],
    ["paid", "paid"],
    ["delivering", "delivering"],
    ["delivered", "delivered"],
  ],
  recharge: [
    ["placed", "awaiting_payment"],
    ["paid", "paid"],
    ["delivering", "delivering"],
    ["delivered", "delivered"],
  ],
  failed: [
    ["placed", "awaiting_payment"],
    ["paid", "paid"],
    ["delivering", "delivering"],
    ["failed", "delivery_failed"],
  ],
  expired: [
    ["placed", "awaiting_payment"],
    ["expired", "expired"],
  ],
  twice: [
    ["placed", "awaiting_payment"],
    ["paid", "paid"],
    ["delivering", "delivering"],
    ["delivered", "delivered"],
  ],
  late: [
    ["placed", "awaiting_payment"],
    ["expired", "expired"],
    ["refunding", "refunding"],
    ["refunded", "refunded"],
  ],
};

/** Fills an empty database with these orders. */
export async function fillShop(client: pg.Client): Promise<void> {
  const run = (text: string, ...values: unknown[]) => client.query(text, values);
  for (const [sku, kind] of [
    ["CODE", "code"],
    ["TOPUP", "recharge"],
  ] as const)
    await run(
      "insert into products (id, sku, name, kind, price_fen, limit_per_order, archived, created_at, updated_at) values ($1, $2, $2, $3, 500, 10, false, now(), now())",
      id(sku),
      sku,
      kind,
    );
  await run(
    "insert into stock_imports (id, product_id, status, received, imported, started_at) values ($1, $2, 'finished', 5, 5, now())",
    id("import"),
    id("CODE"),
  );
  for (let n = 0; n < 5; n++)
    await run(
      "insert into codes (product_id, sealed, lookup, import_id) values ($1, ''::bytea, $2, $3)",
      id("CODE"),
      Buffer.from([n]),
      id("import"),
    );
  for (const name of names) {
    const history = histories[name];
    const sku = name === "recharge" ? "TOPUP" : "CODE";
    await run(
      `insert into orders (id, status, origin, amount_fen, payment_method, address_key, created_at, expires_at, failure_code)
        values ($1, $2, 'buyer', 500, 'wechat', 1, now(), now(), $3)`,
      id(name),
      history.at(-1)?.[1],
      name === "failed" ? "delivery.supplier_failed" : null,
    );
    await run(
      `insert into order_lines (order_id, line_no, id, product_id, quantity, price_fen, supplier_reference)
        values ($1, 1, $2, $3, 1, 500, $4)`,
      id(name),
      id(`line-${name}`),
      id(sku),
      name === "recharge" ? "SR1" : null,
    );
    await run(
      "insert into idempotency_keys (key, body, order_id, created_at) values ($1, '', $2, now())",
      name,
      id(name),
    );
    for (const [type, status] of history)
      await run(
        `insert into order_events (id, order_id, type, status, code, method, origin, at)
          values (uuidv7(), $1, $2, $3, $4, 'wechat', 'buyer', now())`,
        id(name),
        type,
        status,
        type === "failed" ? "delivery.supplier_failed" : null,
      );
    if (["codes", "twice", "failed"].includes(name)) await give(client, name);
  }
  for (const name of paid) {
    const order = name.split("-")[0] ?? "";
    await run(
      `insert into payments (id, order_id, method, status, amount_fen, trade_no, created_at)
        values ($1, $2, 'wechat', 'paid', 500, $3, now())`,
      id(`payment-${name}`),
      id(order),
      `T-payment-${name}`,
    );
    await run(
      `insert into payment_notices (id, provider, notice_id, payment_id, trade_no, amount_fen, paid_at, verdict, received_at)
        values ($1, 'wechat', $2, $3, $4, 500, now(), 'settled', now())`,
      id(`notice-${name}`),
      name,
      id(`payment-${name}`),
      `T-payment-${name}`,
    );
  }
  for (const name of ["late", "twice-again"])
    await run(
      `insert into refunds (id, payment_id, order_id, amount_fen, reason, status, created_at)
        values ($1, $2, $3, 500, '', 'done', now())`,
      id(`refund-${name}`),
      id(`payment-${name}`),
      id(name.split("-")[0] ?? ""),
    );
  await run(
    `insert into live_counts (step_s, at, type, code, method, origin, n)
      select s, to_timestamp(floor(extract(epoch from at) / s) * s), type, coalesce(code, ''), method, origin, count(*)
      from order_events, unnest(array[1, 60, 3600]) s
      where type in ('placed', 'paid', 'delivered', 'refunded', 'failed') group by 1, 2, 3, 4, 5, 6`,
  );
}

/** Hands a code to an order, or keeps it for one whose delivery failed. */
async function give(client: pg.Client, name: string): Promise<void> {
  const status = name === "failed" ? "held" : "sold";
  const { rows } = await client.query<{ id: string }>(
    `update codes set status = $1, order_id = $2, line_id = $3
      where id = (select min(id) from codes where status = 'available') returning id::text`,
    [status, id(name), id(`line-${name}`)],
  );
  if (status === "sold")
    await client.query("insert into delivered_codes (code_id, order_id, at) values ($1, $2, now())", [
      rows[0]?.id,
      id(name),
    ]);
}
