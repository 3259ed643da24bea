import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Ticket, TicketRow } from "@orderwatch/shared/ops/tickets.ts";
import type { PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildBundles } from "../../test/browser.ts";
import { openFaults, type PlantedFaults } from "../../test/planted-faults.ts";
import { eventually } from "../../test/poll.ts";
import { callJson, type Product, type Staff, startProduct } from "../../test/product.ts";
import { ticketFaultPoints } from "../platform/faultpoint.ts";

let folder: string;
let faults: PlantedFaults;
let product: Product;
let staff: Staff;

beforeAll(async () => {
  await buildBundles();
  folder = await mkdtemp(join(tmpdir(), "ticket-faults-"));
  faults = openFaults(folder);
  product = await startProduct({ FAULTS_DIR: folder });
  staff = await product.signIn();
  await send(`${product.sandboxUrl}/behaviour`, { provider: "supplier", errorRate: 1 }, {}, "PUT");
}, 120_000);
afterAll(async () => {
  await product.stop();
  await rm(folder, { recursive: true, force: true });
});

const send = <T>(url: string, body: unknown, headers: Record<string, string> = {}, method = "POST") =>
  callJson<T>(url, {
    method,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });

/** A shop that was just killed is served by its standby within a moment; the same key is the same order. */
async function buyRecharge(n: number): Promise<PlacedOrder> {
  const order = await eventually("the order was taken", () =>
    send<PlacedOrder>(
      `${product.shopUrl}/api/orders`,
      {
        ...{ sku: "phone-50", quantity: 1, paymentMethod: "wechat", contact: { phone: "13800138000" } },
        rechargeAccount: `1380013800${n}`,
      },
      { "idempotency-key": `order-of-a-crash-${n}` },
    ).catch(() => undefined),
  );
  await eventually("its payment page answered", () =>
    fetch(order.payment.url, { redirect: "manual" }).then(
      ({ status }) => status < 400,
      () => undefined,
    ),
  );
  await send(`${product.sandboxUrl}/payments/${order.payment.id}/pay`, {
    payer: `p${n}`,
    outcome: "success",
  });
  return order;
}

const ticketsOf = async (orderId: string): Promise<TicketRow[]> =>
  (
    await staff
      .call<{ items: TicketRow[] }>("GET", `/api/tickets?orderId=${orderId}`)
      // The console may be dead just now.
      .catch(() => ({ items: [] }))
  ).items;

it("D4: kill −9 of a node or the console at any step between the failure and its ticket leaves exactly one ticket", async () => {
  const steps = ["delivery.postponed", "delivery.failed", ...ticketFaultPoints] as const;
  const orders: PlacedOrder[] = [];
  for (const [n, step] of steps.entries()) {
    faults.plant(step, { kind: "kill" });
    orders.push(await buyRecharge(n));
    await eventually(`somebody died at ${step}`, () => !faults.planted().includes(step), 60_000);
  }
  for (const order of orders)
    await eventually("its ticket", async () => (await ticketsOf(order.id)).length > 0, 60_000);
  // Another one shows that by now all had their turn.
  const last = await buyRecharge(steps.length);
  await eventually("its ticket", async () => (await ticketsOf(last.id)).length > 0, 60_000);
  for (const { id } of [...orders, last]) {
    const [ticket, ...more] = await ticketsOf(id);
    expect(more).toEqual([]);
    expect(ticket).toMatchObject({ cause: "delivery_failed", code: "delivery.supplier_failed" });
    const { timeline } = await staff.call<Ticket>("GET", `/api/tickets/${ticket?.id}`);
    expect(timeline.filter(({ type }) => type === "opened")).toMatchObject([
      { facts: { remedies: "wait contact_support" } },
    ]);
  }
}, 240_000);
