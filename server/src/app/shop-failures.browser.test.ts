import { randomUUID } from "node:crypto";
import type { LeversView } from "@orderwatch/shared/ops/levers.ts";
import type { TicketRow } from "@orderwatch/shared/ops/tickets.ts";
import type { PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { buildBundles, launchChromium } from "../../test/browser.ts";
import { createTestContext, type TestContext, testSecretKey } from "../../test/context.ts";
import { describeWith } from "../../test/optional.ts";
import { eventually } from "../../test/poll.ts";
import { callJson, type Product, type Staff, startProduct } from "../../test/product.ts";
import { atCashier, phone, smallTargets, usabilityFlaws } from "../../test/shop-page.ts";

const json = { "content-type": "application/json" };

describeWith("chromium", "M13: whoever is refused on a phone gets out by a remedy", (chromium) => {
  let context: TestContext;
  let product: Product;
  let browser: Browser;
  let staff: Staff;
  let buyers = 0;

  beforeAll(async () => {
    await buildBundles();
    context = await createTestContext();
    const env = { DATABASE_URL: context.url, SECRET_KEY: testSecretKey };
    [product, browser] = await Promise.all([startProduct(env), launchChromium(chromium)]);
    staff = await product.signIn();
  });
  afterAll(async () => {
    await browser?.close();
    await product?.stop();
    await context?.close();
  });
  afterEach(async () => {
    await Promise.all(browser.contexts().map((each) => each.close()));
    await fetch(`${product.sandboxUrl}/behaviour`, { method: "DELETE" });
  });

  /** A phone at an address of its own. */
  const buyer = async () => {
    buyers += 1;
    const from = { "x-forwarded-for": `10.20.0.${buyers}` };
    const page = await (
      await browser.newContext({ ...phone, serviceWorkers: "block", extraHTTPHeaders: from })
    ).newPage();
    page.setDefaultTimeout(20_000);
    return { page, from };
  };
  const press = (page: Page, name: string | RegExp) =>
    page.getByRole("button", typeof name === "string" ? { name, exact: true } : { name }).click();
  const pay = (page: Page) => press(page, /^Pay ¥/);
  /** Opens a product and fills in the checkout. */
  const choose = async (page: Page, sku: string, account = "10001") => {
    await page.goto(`${product.shopUrl}/p/${sku}`);
    await page.getByLabel("Phone").fill("13800138000");
    const field = page.getByLabel("Account to top up");
    if (await field.isVisible()) await field.fill(account);
  };
  /** The three things that every failure says, and ways out that a finger can hit. */
  const says = async (page: Page, happened: string, money: string, next: string) => {
    const alert = page.getByRole("alert");
    for (const words of [happened, money, next]) await alert.getByText(words).waitFor();
    expect(await smallTargets(page)).toEqual([]);
  };
  const hasCodes = async (page: Page, count = 1) => {
    await page.getByRole("heading", { name: "Your codes" }).waitFor();
    expect(await page.locator("li code").count()).toBe(count);
  };
  const paysAndHasCodes = async (page: Page, count = 1) => {
    await atCashier(page, /支付成功/);
    await hasCodes(page, count);
  };
  const behave = (behaviour: object) =>
    callJson(`${product.sandboxUrl}/behaviour`, {
      ...{ method: "PUT", headers: json, body: JSON.stringify(behaviour) },
    });
  /** Somebody else's order, or more than one hand of the same buyer's. */
  const order = (from: object, sku: string, quantity = 1) =>
    callJson<PlacedOrder>(`${product.shopUrl}/api/orders`, {
      method: "POST",
      headers: { ...json, "idempotency-key": randomUUID(), ...from },
      body: JSON.stringify({
        ...{ sku, quantity, paymentMethod: "alipay", contact: { email: "x@example.com" } },
        rechargeAccount: randomUUID(),
      }),
    });
  const sell = async (sku: string, count: number, more: object = {}) => {
    await staff.call("POST", "/api/products", { sku, name: sku, kind: "code", priceFen: 500, ...more });
    await restock(sku, count);
    await eventually(
      "the shop sells it",
      async () => (await fetch(`${product.shopUrl}/api/products/${sku}`)).ok,
    );
  };
  const restock = (sku: string, count: number) =>
    staff.call("POST", `/api/products/${sku}/codes`, {
      codes: Array.from({ length: count }, () => randomUUID()),
    });
  const orderOn = (page: Page) => new URL(page.url()).pathname.split("/").at(-1) ?? "";
  const ordersOf = async (id: string) => {
    const { rows } = await context.db.sql.query<{ n: number }>(
      "select count(*)::int as n from orders where device_key = (select device_key from orders where id = $1)",
      [id],
    );
    return rows[0]?.n;
  };
  const ticketOf = (orderId: string) =>
    eventually("its ticket", async () => {
      const path = `/api/tickets?orderId=${orderId}`;
      return (await staff.call<{ items: TicketRow[] }>("GET", path)).items[0];
    });

  it("stock.sold_out: a notice is set and kept, and something similar is bought", async () => {
    await sell("LAST-ONE", 1);
    const { page } = await buyer();
    await choose(page, "LAST-ONE");
    await order({}, "LAST-ONE");
    await pay(page);
    const next = "No order was made. Let us tell you when it is back, or choose something else.";
    await says(page, "This product is sold out.", "No money was taken: you have not paid yet.", next);
    await press(page, "Tell me when it is back");
    await press(page, "Tell me");
    await page.getByText("Noted. We will tell you when it is back.").waitFor();
    await restock("LAST-ONE", 1);
    await eventually("the notice is sent", async () => {
      const { rows } = await context.db.sql.query("select from restock_notices");
      return rows.length === 0;
    });
    await press(page, "See similar products");
    await press(page, /^Buy with WeChat Pay: 云端幻想 新手/);
    await paysAndHasCodes(page);
  });

  it("stock.limit_exceeded: fewer are bought, or as many a little later", async () => {
    await sell("BULK", 220);
    const money = "No money was taken: you have not paid yet.";
    const next = "No order was made. Order fewer, pay what waits for payment, or come back later.";
    const { page, from } = await buyer();
    await order(from, "BULK", 98);
    await choose(page, "BULK?quantity=5");
    await pay(page);
    await says(page, "That is more than you may have of it now.", money, next);
    await press(page, "Buy 2 instead");
    await paysAndHasCodes(page, 2);

    const later = await buyer();
    const held = await order(later.from, "BULK", 100);
    await context.db.sql.query("update orders set expires_at = now() + interval '3 seconds' where id = $1", [
      held.id,
    ]);
    await choose(later.page, "BULK");
    await pay(later.page);
    await says(later.page, "That is more than you may have of it now.", money, next);
    await press(later.page, "Try again");
    await paysAndHasCodes(later.page);
  });

  it("payment.limit_exceeded: the same order is paid another way", async () => {
    const { page } = await buyer();
    await choose(page, "starter-pack");
    await pay(page);
    await atCashier(page, /超出限额/);
    const happened = "The payment was refused: the limit of your account or card is reached.";
    const next = "Your goods stay reserved for you while you pay below.";
    await says(page, happened, "No money was taken.", next);
    await press(page, "Use Alipay instead");
    await page.getByRole("heading", { name: /支付宝/ }).waitFor();
    await paysAndHasCodes(page);
    expect(await ordersOf(orderOn(page))).toBe(1);
  });

  it("payment.declined: the same order is tried again", async () => {
    const { page } = await buyer();
    await choose(page, "starter-pack");
    await pay(page);
    await atCashier(page, /银行拒绝/);
    const next = "Your goods stay reserved for you while you pay below.";
    await says(page, "The payment company declined the payment.", "No money was taken.", next);
    await page.getByRole("button", { name: "Use Alipay instead" }).waitFor();
    await press(page, "Try WeChat Pay again");
    await paysAndHasCodes(page);
    expect(await ordersOf(orderOn(page))).toBe(1);
  });

  it("payment.timeout: a payment that came after all is found, and one that did not is made again", async () => {
    const next = "We are asking the payment company. This page changes by itself.";
    const unclear = /If you have paid ¥6\.80, the payment is found within a minute\./;
    const { page } = await buyer();
    await behave({ provider: "wechat", dropCallbacks: true });
    await choose(page, "starter-pack");
    await pay(page);
    await page.getByRole("heading", { name: /微信/ }).waitFor();
    const trade = new URL(page.url()).pathname.split("/").at(-1) ?? "";
    await atCashier(page, /支付超时/);
    const alert = page.getByRole("alert");
    await alert.getByText(unclear).waitFor();
    await says(page, "The payment was not completed in time.", "If you have paid ¥6.80", next);
    await callJson(`${product.sandboxUrl}/cashier/${trade}`, {
      ...{ method: "POST", headers: json, body: JSON.stringify({ outcome: "success" }) },
    });
    await press(page, "Check again now");
    await hasCodes(page);

    const again = await buyer();
    await choose(again.page, "starter-pack");
    await pay(again.page);
    await atCashier(again.page, /支付超时/);
    await press(again.page, "Try WeChat Pay again");
    await paysAndHasCodes(again.page);
  });

  it("payment.channel_unavailable: the order is paid another way, and so is one that was refused at once", async () => {
    const { page } = await buyer();
    await behave({ provider: "wechat", errorRate: 1 });
    await choose(page, "starter-pack");
    await pay(page);
    const next = "Your goods stay reserved for you while you pay below.";
    await says(page, "This payment method is not available right now.", "No money was taken.", next);
    await press(page, "Use Alipay instead");
    await paysAndHasCodes(page);

    const pause = (paused: string[]) =>
      staff.call<{ version: number }>("PATCH", "/api/levers", { paused, reason: "the company is down" });
    const { version } = await pause(["wechat"]);
    const other = await buyer();
    await choose(other.page, "starter-pack");
    await eventually("every node knows", async () => {
      const { nodes } = await staff.call<LeversView>("GET", "/api/levers");
      return nodes.every((node) => (node.version ?? 0) >= version);
    });
    await pay(other.page);
    const refused = "No order was made. Choose another payment method.";
    await says(
      other.page,
      "This payment method is not available right now.",
      "No money was taken: you have not paid yet.",
      refused,
    );
    await press(other.page, "Use Alipay instead");
    await paysAndHasCodes(other.page);
    await pause([]);
  });

  it("risk.too_many_requests: the order is made when the time is over", async () => {
    const { page, from } = await buyer();
    const many = await Promise.all(Array.from({ length: 50 }, () => order(from, "phone-50")));
    await choose(page, "starter-pack");
    // The ten minutes pass for what was ordered; the last seconds are waited for.
    await context.db.sql.query(
      "update orders set created_at = now() - interval '9 minutes 56 seconds' where id = any($1)",
      [many.map(({ id }) => id)],
    );
    await pay(page);
    const happened = "Too many orders came from your network in a short time.";
    const next = "No order was made. You can try again when the time below is over.";
    await says(page, happened, "No money was taken: you have not paid yet.", next);
    await press(page, "Try again");
    await paysAndHasCodes(page);
  });

  it("delivery.supplier_failed: support is written to, answers and is rated, and what was paid for comes", async () => {
    const { page } = await buyer();
    await behave({ provider: "supplier", errorRate: 1 });
    await choose(page, "phone-50");
    await pay(page);
    await atCashier(page, /支付成功/);
    const next = "Our staff take over. You get what you paid for, or your money back.";
    const happened = "The supplier did not deliver, after several tries.";
    await says(page, happened, "We have your payment of ¥49.65.", next);
    await press(page, "Contact support");
    await page.keyboard.type("Where is my top-up?");
    await press(page, "Send");
    await page.locator("#support li").getByText("Where is my top-up?").waitFor();

    const id = orderOn(page);
    const ticket = await ticketOf(id);
    await staff.call("POST", `/api/tickets/${ticket.id}/claim`, {});
    await staff.call("POST", `/api/tickets/${ticket.id}/reply`, { text: "It is on its way." });
    await fetch(`${product.sandboxUrl}/behaviour`, { method: "DELETE" });
    await staff.call("POST", `/api/orders/${id}/redeliver`, { reason: "the supplier is back" });
    await page.getByRole("heading", { name: "The top-up has reached your account." }).waitFor();
    await page.locator("#support li").getByText("It is on its way.").waitFor();
    expect(await usabilityFlaws(page)).toEqual([]);
    await press(page, "5 of 5 stars");
    await page.getByText("Thank you: 5 of 5 stars.").waitFor();
  });

  it("delivery.invalid_account: the account is corrected and topped up without paying again", async () => {
    const { page } = await buyer();
    await choose(page, "phone-50", "invalid-1");
    await pay(page);
    await atCashier(page, /支付成功/);
    const next = "Enter the right account below. It is topped up at once, without paying again.";
    await says(page, "The account to top up does not exist.", "We have your payment of ¥49.65.", next);
    await press(page, "Correct the account");
    expect(await usabilityFlaws(page)).toEqual([]);
    await page.getByLabel("The right account").fill("10001");
    await press(page, "Correct and top up");
    await page.getByRole("heading", { name: "The top-up has reached your account." }).waitFor();
  });

  it("order.price_changed: the new price is agreed to, and nothing is bought before", async () => {
    await sell("DEARER", 2);
    const { page } = await buyer();
    await choose(page, "DEARER");
    await staff.call("PATCH", "/api/products/DEARER", { priceFen: 650 });
    await pay(page);
    const happened = "The price has changed since you opened the page.";
    const next = "No order was made. Nothing is bought until you agree to the new price.";
    await says(page, happened, "No money was taken: you have not paid yet.", next);
    await press(page, "Buy for ¥6.50");
    await paysAndHasCodes(page);
  });

  it("order.expired: the same is ordered again", async () => {
    const { page } = await buyer();
    await choose(page, "starter-pack?quantity=2");
    await pay(page);
    await page.getByRole("heading", { name: /微信/ }).waitFor();
    await page.goto(`${product.shopUrl}/orders`);
    await page.getByRole("link", { name: /新手礼包/ }).click();
    const first = orderOn(page);
    await context.db.sql.query("update orders set expires_at = now() where id = $1", [first]);
    const next = "If you did pay, you get your goods while there are any, or your money back.";
    await says(page, "The time to pay has run out.", "If you have paid ¥13.60", next);
    await press(page, "Order again");
    await pay(page);
    await paysAndHasCodes(page, 2);
    expect(orderOn(page)).not.toBe(first);
  });

  it("request.invalid: what only the server refuses is named at its field, and corrected", async () => {
    const { page } = await buyer();
    await choose(page, "starter-pack");
    await page.getByLabel("E-mail").fill("li@example..com");
    await pay(page);
    const next = "No order was made. Correct the details and send them again.";
    const happened = "Some of the details are not valid.";
    await says(page, happened, "No money was taken: you have not paid yet.", next);
    const field = page.getByLabel("E-mail");
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    expect(await page.getByLabel("Phone").getAttribute("aria-invalid")).toBe("false");
    expect(await usabilityFlaws(page)).toEqual([]);
    await field.fill("li@example.com");
    await pay(page);
    await paysAndHasCodes(page);
  });

  it("A2: idempotency.mismatch: a key that another order had buys nothing twice, and the next press orders anew", async () => {
    const { page, from } = await buyer();
    await choose(page, "starter-pack");
    await page.context().setOffline(true);
    await pay(page);
    const again = page.getByRole("button", { name: "Try again" });
    await again.waitFor();
    // The page's own key, under which another order arrives first.
    const key = await page.evaluate<string>(`JSON.parse(localStorage.getItem("orderwatch.attempt")).key`);
    const other = await order({ ...from, "idempotency-key": key }, "month-card");
    await page.context().setOffline(false);
    await again.click();
    const next = "What was sent before expires by itself, unpaid.";
    const happened = "This order was already sent with other details.";
    await says(page, happened, "No money was taken: you have not paid yet.", next);
    expect(await usabilityFlaws(page)).toEqual([]);
    await press(page, "Try again");
    await paysAndHasCodes(page);
    expect(orderOn(page)).not.toBe(other.id);
    expect(await ordersOf(orderOn(page))).toBe(1);
  });

  it("A2: without a network the order is asked for four times under one key, then a call is offered and becomes a ticket", async () => {
    const { page } = await buyer();
    await choose(page, "month-card");
    const keys: (string | undefined)[] = [];
    page.on("request", (request) => {
      if (request.method() === "POST" && request.url().endsWith("/api/orders"))
        keys.push(request.headers()["idempotency-key"]);
    });
    await page.context().setOffline(true);
    await pay(page);
    const next = "“Try again” asks for the same order, never for a second one.";
    await says(page, "The shop could not be reached.", "No money was taken: you have not paid yet.", next);
    expect(keys).toHaveLength(4);
    expect(new Set(keys).size).toBe(1);
    await page.context().setOffline(false);
    await press(page, "Ask for a call");
    expect(await usabilityFlaws(page)).toEqual([]);
    await press(page, "Call me");
    await page.getByText("We will call 13800138000.").waitFor();
    await eventually("the call is a ticket", async () => {
      const { items } = await staff.call<{ items: TicketRow[] }>("GET", "/api/tickets?cause=call_back");
      return items.some(({ sku }) => sku === "month-card");
    });
  });
});
