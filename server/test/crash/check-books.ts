import type pg from "pg";
import type { Trade } from "../../src/sandbox/trade.ts";
import type { Violation } from "../../src/shop/invariants/actions.ts";
import { type Books, uuidOf } from "./books.ts";
import type { Memory } from "./memory.ts";

interface Found {
  add(invariant: string, what: string, sample: unknown): void;
  list(): Violation[];
}

function collect(): Found {
  const found = new Map<string, Violation>();
  return {
    add(invariant, what, sample) {
      const known = found.get(invariant + what) ?? { invariant, what, count: 0, samples: [] };
      known.count += 1;
      if (known.samples.length < 5) known.samples.push(sample);
      found.set(invariant + what, known);
    },
    list: () => [...found.values()],
  };
}

const refundedFen = (trade: Trade) => trade.refunds.reduce((sum, { amountFen }) => sum + amountFen, 0);
const keepsMoney = new Set(["paid", "under_review", "delivering", "delivered", "delivery_failed"]);

interface PaymentRow {
  id: string;
  order_id: string;
  method: string;
  status: string;
  amount_fen: number;
  trade_no: string | null;
}

interface OrderRow {
  id: string;
  status: string;
  amount_fen: number;
}

/** Holds the payment companies' and the supplier's own books against our rows. */
export async function checkBooks(sql: Pick<pg.Pool, "query">, books: Books): Promise<Violation[]> {
  const found = collect();
  const payments = (
    await sql.query<PaymentRow>("select id, order_id, method, status, amount_fen, trade_no from payments")
  ).rows;
  const orders = new Map(
    (await sql.query<OrderRow>("select id, status, amount_fen from orders")).rows.map((order) => [
      order.id,
      order,
    ]),
  );
  const orderOfPayment = checkPayments(found, payments, books);
  const { rows: given } = await sql.query<{ id: string; fen: number }>(
    "select order_id as id, sum(amount_fen)::int as fen from refunds where code = 'refund.by_staff' group by 1",
  );
  const givenBack = new Map(given.map(({ id, fen }) => [id, fen]));
  checkMoney(found, orders, { orderOfPayment, givenBack }, books);
  await checkRefunds(found, sql, books);
  await checkRecharges(found, sql, books);
  return found.list();
}

function checkPayments(found: Found, payments: PaymentRow[], books: Books): Map<string, string> {
  for (const payment of payments) {
    const trade = books.trades.get(payment.id);
    if (trade?.state === "paid" && payment.status !== "paid")
      found.add("P5", "money that a company has and we do not know of", { payment, trade });
    if (payment.status !== "paid") continue;
    if (trade?.state !== "paid") found.add("P2", "a payment that no company has", payment);
    else if (
      trade.gateway !== payment.method ||
      trade.amountFen !== payment.amount_fen ||
      trade.tradeNo !== payment.trade_no
    )
      found.add("P3", "a payment that another trade settled", { payment, trade });
  }
  const orderOfPayment = new Map(payments.map(({ id, order_id }) => [id, order_id]));
  for (const [id, trade] of books.trades)
    if (trade.state === "paid" && !orderOfPayment.has(id))
      found.add("P5", "money for a payment that there is not", trade);
  return orderOfPayment;
}

/** What each buyer was really charged, from the companies' books alone. */
function checkMoney(
  found: Found,
  orders: Map<string, OrderRow>,
  { orderOfPayment, givenBack }: { orderOfPayment: Map<string, string>; givenBack: Map<string, number> },
  books: Books,
): void {
  const charged = new Map<string, number>();
  for (const [id, trade] of books.trades) {
    const order = orderOfPayment.get(id);
    if (order !== undefined && trade.state === "paid")
      charged.set(order, (charged.get(order) ?? 0) + trade.amountFen - refundedFen(trade));
  }
  for (const order of orders.values()) {
    const due = keepsMoney.has(order.status) ? order.amount_fen - (givenBack.get(order.id) ?? 0) : 0;
    const kept = charged.get(order.id) ?? 0;
    if (kept > due) found.add("P4", "a buyer charged for more than they get", { ...order, kept });
    if (kept < due) found.add("P4", "an order delivered for less than its price", { ...order, kept });
  }
}

async function checkRefunds(found: Found, sql: Pick<pg.Pool, "query">, books: Books): Promise<void> {
  const { rows } = await sql.query<{ id: string; payment_id: string; amount_fen: number; status: string }>(
    "select id, payment_id, amount_fen, status from refunds",
  );
  const known = new Map(rows.map((refund) => [refund.id, refund]));
  for (const refund of rows) {
    const made = books.trades
      .get(refund.payment_id)
      ?.refunds.find(({ outRefundNo }) => uuidOf(outRefundNo) === refund.id);
    if (refund.status === "done" && made?.amountFen !== refund.amount_fen)
      found.add("P6", "a refund that the company did not make", { refund, made });
  }
  for (const [paymentId, trade] of books.trades)
    for (const made of trade.refunds)
      if (known.get(uuidOf(made.outRefundNo))?.payment_id !== paymentId)
        found.add("P7", "money returned that nobody wanted to return", { paymentId, made });
}

const isByStaff = "exists (select from refunds r where r.order_id = o.id and r.code = 'refund.by_staff')";
const isReturned = ({ status }: { status: string }) => status === "refunding" || status === "refunded";

/** Recharges that were made and whose money staff gave back all the same, which is theirs to decide; by order. */
export async function readKnownLosses(sql: Pick<pg.Pool, "query">, books: Books): Promise<string[]> {
  const { rows } = await sql.query<{ id: string; order_id: string }>(
    `select l.id, l.order_id from order_lines l join orders o on o.id = l.order_id
      where o.status in ('refunding', 'refunded') and ${isByStaff}`,
  );
  return [...new Set(rows.filter(({ id }) => books.recharges.has(id)).map(({ order_id }) => order_id))];
}

async function checkRecharges(found: Found, sql: Pick<pg.Pool, "query">, books: Books): Promise<void> {
  const { rows } = await sql.query<{
    id: string;
    order_id: string;
    sku: string;
    quantity: number;
    reference: string | null;
    status: string;
    by_staff: boolean;
  }>(`select l.id, l.order_id, p.sku, l.quantity, l.supplier_reference as reference, o.status, ${isByStaff} as by_staff
    from order_lines l join products p on p.id = l.product_id and p.kind = 'recharge' join orders o on o.id = l.order_id`);
  const lines = new Map(rows.map((line) => [line.id, line]));
  for (const line of rows) {
    const made = books.recharges.get(line.id);
    if (line.reference !== null && made?.reference !== line.reference)
      found.add("D1", "a confirmation that the supplier did not give", { line, made });
    if (made && (made.sku !== line.sku || made.quantity !== line.quantity))
      found.add("D1", "a recharge of something else than was bought", { line, made });
    if (made && ["awaiting_payment", "expired", "cancelled", "paid"].includes(line.status))
      found.add("D2", "a recharge that nobody paid for", { line, made });
    if (made && isReturned(line) && !line.by_staff)
      found.add("D2", "a recharge that was made although its money went back", { line, made });
  }
  for (const [id, made] of books.recharges)
    if (!lines.has(id)) found.add("D2", "a recharge of no order of ours", made);
}

/** Holds what buyers were told against the rows. */
export async function checkMemory(sql: Pick<pg.Pool, "query">, memory: Memory): Promise<Violation[]> {
  const found = collect();
  const { rows } = await sql.query<OrderRow>("select id, status, amount_fen from orders");
  const orders = new Map(rows.map((order) => [order.id, order]));
  for (const [id, promised] of memory.accepted) {
    const order = orders.get(id);
    if (!order) found.add("A2", "an accepted order that is lost", { id, ...promised });
    else if (order.amount_fen !== promised.amountFen)
      found.add("A2", "an order that costs other than its buyer was told", { id, ...promised, order });
  }
  await checkStaffRefunds(found, sql, memory);
  for (const surprise of memory.surprises)
    found.add("client", "an answer that no client should get", surprise);
  return found.list();
}

/** What staff asked for is what there is: each refund once, with its amount, and none that nobody asked for. */
async function checkStaffRefunds(
  found: Found,
  sql: Pick<pg.Pool, "query">,
  { refundsByStaff }: Memory,
): Promise<void> {
  const { rows } = await sql.query<{ order_id: string; ids: string[]; fen: number; price: number }>(
    `select r.order_id, array_agg(r.id::text) as ids, sum(r.amount_fen)::int as fen, o.amount_fen as price
      from refunds r join orders o on o.id = r.order_id where r.code = 'refund.by_staff' group by r.order_id, o.amount_fen`,
  );
  const made = new Map(rows.map((row) => [row.order_id, row]));
  for (const row of rows) {
    const asked = refundsByStaff.get(row.order_id);
    if (!asked || !row.ids.includes(asked.refundId))
      found.add("P7", "a refund of staff that none of them asked for", { row, asked });
    else if (row.fen !== (asked.fen ?? row.price))
      found.add("P7", "a refund of staff of more or less than they asked for", { row, asked });
  }
  for (const [orderId, asked] of refundsByStaff)
    if (asked.answered && !made.has(orderId))
      found.add("P6", "a refund that staff were promised and that is not there", { orderId, asked });
}
