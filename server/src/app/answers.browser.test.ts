import { randomUUID } from "node:crypto";
import type { Ticket, TicketRow } from "@orderwatch/shared/ops/tickets.ts";
import type { PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import type { Conversation } from "@orderwatch/shared/shop/support.ts";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { accessibilityFlaws, buildBundles, launchChromium } from "../../test/browser.ts";
import { createTestContext, type TestContext, testSecretKey } from "../../test/context.ts";
import { describeWith } from "../../test/optional.ts";
import { eventually } from "../../test/poll.ts";
import { callJson, type Product, type Staff, startProduct } from "../../test/product.ts";
import { createAccounts } from "../ops/accounts/actions.ts";

vi.setConfig({ testTimeout: 120_000 });

const password = "a password for tests";

describeWith("chromium", "answering buyers, on the screens", (chromium) => {
  let context: TestContext;
  let product: Product;
  let browser: Browser;
  let admin: Staff;
  let support: Page;
  beforeAll(async () => {
    await buildBundles();
    context = await createTestContext();
    const env = { DATABASE_URL: context.url, SECRET_KEY: testSecretKey };
    [product, browser] = await Promise.all([startProduct(env), launchChromium(chromium)]);
    admin = await product.signIn();
    const url = product.consoleUrl;
    const accounts = createAccounts({ ...context, url, origins: [url], production: false });
    await accounts.create({ email: "support@example.com", name: "Sun Li", role: "support", password });
    await admin.call("POST", "/api/products", {
      ...{ sku: "TOPUP", name: "Top-up", kind: "recharge", priceFen: 500 },
    });
    const view = { locale: "en-US", viewport: { width: 1440, height: 900 } };
    support = await (await browser.newContext(view)).newPage();
    support.setDefaultTimeout(20_000);
    await support.goto(product.consoleUrl);
    await support.locator("input[name=email]").fill("support@example.com");
    await support.locator("input[name=password]").fill(password);
    await support.locator("button[type=submit]").click();
    await support.getByRole("heading", { name: "Live", level: 1 }).waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await product?.stop();
    await context?.close();
  });

  const headers = { "content-type": "application/json" };
  const post = (path: string, body: object, more: Record<string, string> = {}) =>
    fetch(product.shopUrl + path, {
      ...{ method: "POST", headers: { ...headers, ...more }, body: JSON.stringify(body) },
    });
  const bearer = ({ token }: PlacedOrder) => ({ authorization: `Bearer ${token}` });
  const buyInVain = async () => {
    const order = { sku: "TOPUP", quantity: 1, paymentMethod: "alipay", rechargeAccount: "invalid-1" };
    const placed = await callJson<PlacedOrder>(`${product.shopUrl}/api/orders`, {
      method: "POST",
      headers: { ...headers, "idempotency-key": randomUUID() },
      body: JSON.stringify({ ...order, contact: { phone: "13912345678" } }),
    });
    await callJson(`${product.sandboxUrl}/payments/${placed.payment.id}/pay`, {
      ...{ method: "POST", headers, body: JSON.stringify({ payer: "payer-1", outcome: "success" }) },
    });
    return placed;
  };
  const ticketWhere = (query: string) =>
    eventually("its ticket", async () => {
      return (await admin.call<{ items: TicketRow[] }>("GET", `/api/tickets?${query}`)).items[0];
    });
  const show = async ({ id, number }: TicketRow) => {
    await support.goto(`${product.consoleUrl}/tickets/${id}`);
    await support.getByRole("heading", { name: new RegExp(`^#${number} `) }).waitFor();
  };
  const said = async (order: PlacedOrder) =>
    (
      await callJson<Conversation>(`${product.shopUrl}/api/orders/${order.id}/messages`, {
        headers: bearer(order),
      })
    ).messages.map(({ text }) => text);
  const press = (name: string) => support.getByRole("button", { name, exact: true }).click();
  const field = () => support.getByRole("textbox", { name: "Reply to the buyer" });
  const dialog = () => support.getByRole("dialog");

  it("an answer is sent once after its receipt was lost, and not past what the buyer has just written", async () => {
    const order = await buyInVain();
    await show(await ticketWhere(`orderId=${order.id}`));
    const lost = { times: 1 };
    await support.route(
      "**/api/tickets/*/reply",
      async (route) => {
        await route.fetch();
        await route.abort();
      },
      lost,
    );
    await field().fill("It is on its way");
    await press("Send");
    await support.getByRole("alert").waitFor();
    expect(await field().inputValue()).toBe("It is on its way");
    await press("Send");
    await eventually("the field is empty again", async () => (await field().inputValue()) === "");
    expect(await said(order)).toEqual(["It is on its way"]);

    await support.route(
      "**/api/tickets/*/reply",
      async (route) => {
        await post(
          `/api/orders/${order.id}/messages`,
          { text: "I want my money back", language: "en" },
          bearer(order),
        );
        await route.continue();
      },
      lost,
    );
    await field().fill("Anything else?");
    await press("Send");
    await support.getByText("The buyer has written meanwhile: read it before you answer").waitFor();
    await support.getByText("I want my money back").waitFor();
    expect(await field().inputValue()).toBe("Anything else?");
    expect(await accessibilityFlaws(support)).toEqual([]);
    await press("Send");
    await eventually("it is sent", async () => (await said(order)).length === 3);
  });

  it("a ready answer can be sent in the other language, and shows what the buyer writes meanwhile", async () => {
    const order = await buyInVain();
    await show(await ticketWhere(`orderId=${order.id}`));
    await press("Ready answers");
    await dialog()
      .getByRole("button", { name: /^Where is my code/i })
      .or(dialog().getByRole("button", { name: /account/i }))
      .first()
      .click();
    const text = dialog().getByLabel("What the buyer reads");
    await dialog().getByText("English", { exact: true }).click();
    await eventually("it is in English", async () => (await text.inputValue()).startsWith("Hello"));
    await dialog().getByText("Chinese", { exact: true }).click();
    await eventually("it is in Chinese", async () => (await text.inputValue()).startsWith("您好"));
    await post(`/api/orders/${order.id}/messages`, { text: "Hello?", language: "en" }, bearer(order));
    await dialog().getByText("The buyer has written meanwhile").waitFor();
    await dialog().getByText("Hello?", { exact: true }).waitFor();
    expect(await accessibilityFlaws(support)).toEqual([]);
    await dialog().getByRole("button", { name: "Send", exact: true }).click();
    await dialog().waitFor({ state: "detached" });
    expect((await said(order)).at(-1)).toMatch(/^您好/);
  });

  it("a ticket that has ended is opened again as its buyer is written to", async () => {
    const order = await buyInVain();
    const ticket = await ticketWhere(`orderId=${order.id}`);
    await admin.call("POST", `/api/tickets/${ticket.id}/resolve`, { text: "Solved" });
    await show(ticket);
    await support.getByText("The ticket has ended; sending this opens it again.").waitFor();
    await field().fill("One more thing");
    expect(await accessibilityFlaws(support)).toEqual([]);
    await press("Open again and send");
    await support.getByText("opened again 1×").waitFor();
    expect(await said(order)).toEqual(["Solved", "One more thing"]);
    expect(await admin.call<Ticket>("GET", `/api/tickets/${ticket.id}`)).toMatchObject({
      state: "waiting_buyer",
    });
  });

  it("who calls reads what fits the ticket, filled in with their name and in the buyer's language", async () => {
    const order = await buyInVain();
    await ticketWhere(`orderId=${order.id}`);
    const wish = { phone: "13800138000", language: "en" };
    expect((await post(`/api/orders/${order.id}/call-back`, wish, bearer(order))).status).toBe(201);
    const ticket = await eventually("the call is planned", async () => {
      const row = await ticketWhere(`orderId=${order.id}`);
      const full = await admin.call<Ticket>("GET", `/api/tickets/${row.id}`);
      return full.calls.length > 0 ? row : undefined;
    });
    await show(ticket);
    await press("Say what came of it");
    await dialog().getByText("Call: paid and not delivered").click();
    const script = dialog().locator("details p");
    await script.getByText("this is Sun Li from support").waitFor();
    expect(await script.textContent()).toContain('"Top-up" (¥5.00)');
    expect(await script.textContent()).not.toMatch(/\{\{|____/);
    expect(await accessibilityFlaws(support)).toEqual([]);

    const byHand = await admin.call<TicketRow>("POST", "/api/tickets", {
      ...{ orderId: order.id, subject: "Something else" },
    });
    await admin.call("POST", `/api/tickets/${byHand.id}/calls`, { phone: "13800138000" });
    await show(byHand);
    await press("Say what came of it");
    await dialog().getByText("No call script fits this ticket.").waitFor();
    expect(await accessibilityFlaws(support)).toEqual([]);
  });

  it("who wants a call and has no order is called, not written to", async () => {
    const wish = { phone: "13700001111", language: "en", sku: "TOPUP" };
    await post("/api/call-backs", wish, { "idempotency-key": randomUUID() });
    const ticket = await ticketWhere("cause=call_back&sku=TOPUP");
    await show(ticket);
    await support.getByText(/^No order belongs to it, so the buyer has no page/).waitFor();
    expect(await field().count()).toBe(0);
    expect(await support.getByText("Reply to the buyer").count()).toBe(0);
    expect(await accessibilityFlaws(support)).toEqual([]);
    await press("Resolve");
    await dialog().getByLabel("Why (may be empty)").fill("reached by phone");
    expect(await accessibilityFlaws(support)).toEqual([]);
    await dialog().getByRole("button", { name: "Resolve", exact: true }).click();
    await dialog().waitFor({ state: "detached" });
    await support.getByText("Resolved").first().waitFor();
  });
});
