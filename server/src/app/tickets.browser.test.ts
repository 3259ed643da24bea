import { randomUUID } from "node:crypto";
import type { Incident } from "@orderwatch/shared/ops/incidents.ts";
import type { SupportPolicy } from "@orderwatch/shared/ops/ticket-team.ts";
import type { CallTask } from "@orderwatch/shared/ops/ticket-work.ts";
import type { TicketRow } from "@orderwatch/shared/ops/tickets.ts";
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
const note = "internal-canary: the supplier owes us an answer";

describeWith(
  "chromium",
  "a failed order's way through support and engineering, on the screens",
  (chromium) => {
    let context: TestContext;
    let product: Product;
    let browser: Browser;
    let admin: Staff;
    beforeAll(async () => {
      await buildBundles();
      context = await createTestContext();
      const env = { DATABASE_URL: context.url, SECRET_KEY: testSecretKey };
      [product, browser] = await Promise.all([startProduct(env), launchChromium(chromium)]);
      admin = await product.signIn();
      const url = product.consoleUrl;
      const accounts = createAccounts({ ...context, url, origins: [url], production: false });
      for (const [name, role] of [
        ["Sun Li", "support"],
        ["Wu Gang", "engineer"],
      ] as const)
        await accounts.create({ email: `${role}@example.com`, name, role, password });
      await admin.call("POST", "/api/products", {
        ...{ sku: "TOPUP", name: "Top-up", kind: "recharge", priceFen: 500 },
      });
    });
    afterAll(async () => {
      await browser?.close();
      await product?.stop();
      await context?.close();
    });

    const desk = { width: 1440, height: 900 };
    const open = async (who: string, viewport = desk, secret = password) => {
      const page = await (await browser.newContext({ locale: "en-US", viewport })).newPage();
      page.setDefaultTimeout(20_000);
      await page.goto(product.consoleUrl);
      await page.locator("input[name=email]").fill(who.includes("@") ? who : `${who}@example.com`);
      await page.locator("input[name=password]").fill(secret);
      await page.locator("button[type=submit]").click();
      await page.getByRole("heading", { name: "Live", level: 1 }).waitFor();
      return page;
    };
    const headers = { "content-type": "application/json" };
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
    const ticketOf = (orderId: string) =>
      eventually("its ticket", async () => {
        const path = `/api/tickets?orderId=${orderId}`;
        return (await admin.call<{ items: TicketRow[] }>("GET", path)).items[0];
      });
    const bearer = (order: PlacedOrder) => ({ authorization: `Bearer ${order.token}` });
    const thread = (order: PlacedOrder) =>
      callJson<Conversation>(`${product.shopUrl}/api/orders/${order.id}/messages`, {
        headers: bearer(order),
      });
    const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();

    it("O7: support claims, answers with a ready answer, hands over to engineering, gets it back and resolves; the buyer reads what is theirs", async () => {
      const order = await buyInVain();
      const ticket = await ticketOf(order.id);
      const support = await open("support");
      const failures: string[] = [];
      support.on("pageerror", (error) => failures.push(error.message));
      await support.keyboard.press("g");
      await support.keyboard.press("t");
      await support.getByRole("link", { name: new RegExp(`#${ticket.number}\\b`) }).click();
      await support.getByRole("heading", { name: new RegExp(`^#${ticket.number} `) }).waitFor();
      await support.keyboard.press("c");
      await support.getByText("Sun Li, support").waitFor();
      expect(await accessibilityFlaws(support)).toEqual([]);

      await press(support, "Ready answers");
      const dialog = support.getByRole("dialog");
      await dialog
        .getByRole("button", { name: /^The account to recharge|account/i })
        .first()
        .click();
      await eventually(
        "the filled text",
        async () => (await dialog.getByLabel("What the buyer reads").inputValue()) !== "",
      );
      expect(await dialog.getByLabel("What the buyer reads").inputValue()).toContain("Top-up");
      expect(await accessibilityFlaws(support)).toEqual([]);
      await dialog.getByRole("button", { name: "Send", exact: true }).click();
      await dialog.waitFor({ state: "detached" });
      await eventually("the buyer was answered", async () => (await thread(order)).messages.length === 1);

      await support.getByText("Internal note", { exact: true }).first().click();
      await support.getByLabel("Internal note", { exact: true }).last().fill(note);
      await press(support, "Add the note");
      await support.getByText("Internal note by Sun Li").waitFor();
      await press(support, "Hand over");
      await dialog.getByRole("textbox").fill("Does the supplier know this account?");
      await dialog.getByRole("button", { name: "Hand over", exact: true }).click();
      await support.getByText("Sun Li hands this over to engineering").waitFor();

      const engineer = await open("engineer");
      await engineer.goto(`${product.consoleUrl}/tickets/${ticket.id}`);
      await engineer.getByText(note).waitFor();
      await press(engineer, "Accept");
      await engineer.getByText("Wu Gang, engineering").waitFor();
      await press(engineer, "Hand over");
      await engineer.getByRole("dialog").getByRole("textbox").fill("It does not exist at the supplier.");
      await engineer.getByRole("dialog").getByRole("button", { name: "Hand over", exact: true }).click();
      await engineer.getByText("Wu Gang hands this over to support").waitFor();

      await support.getByText("Wu Gang hands this over to support").waitFor();
      await press(support, "Accept");
      await support.getByText("Sun Li, support").waitFor();
      const correct = await fetch(`${product.shopUrl}/api/orders/${order.id}/account`, {
        method: "POST",
        headers: { ...headers, ...bearer(order) },
        body: JSON.stringify({ rechargeAccount: "right-1" }),
      });
      expect(correct.status).toBe(204);
      await press(support, "Resolve");
      await dialog.getByRole("textbox").fill("It is delivered now.");
      await dialog.getByRole("button", { name: "Resolve", exact: true }).click();
      await dialog.waitFor({ state: "detached" });
      await support.getByText("Resolved").first().waitFor();

      const read = await thread(order);
      expect(read).toMatchObject({ state: "resolved", mayRate: true });
      expect(read.messages.at(-1)?.text).toBe("It is delivered now.");
      expect(JSON.stringify(read)).not.toContain("internal-canary");
      expect(JSON.stringify(read)).not.toContain("Wu Gang");
      expect(failures).toEqual([]);
    });

    it("a ticket is linked to an incident, and its buyer reads how that goes, once", async () => {
      const order = await buyInVain();
      const ticket = await ticketOf(order.id);
      const { id, number } = await admin.call<Incident>("POST", "/api/incidents", {
        ...{ level: 3, title: "WeChat refunds are late", channel: "wechat" },
      });
      const support = await open("support");
      await support.goto(`${product.consoleUrl}/tickets/${ticket.id}`);
      const panel = support.getByRole("region", { name: "Incident", exact: true });
      await panel.getByText("same time").waitFor();
      expect(await accessibilityFlaws(support)).toEqual([]);
      await panel.getByRole("button", { name: `Link to incident ${number}` }).click();
      await panel.getByRole("button", { name: "Not about this incident" }).waitFor();

      const engineer = await open("engineer");
      await engineer.goto(`${product.consoleUrl}/incidents/${id}`);
      const tickets = engineer.getByRole("region", { name: "Tickets", exact: true });
      await tickets.getByRole("link", { name: new RegExp(`^#${ticket.number} `) }).waitFor();
      await tickets.getByRole("button", { name: "Tell their buyers" }).click();
      const dialog = engineer.getByRole("dialog", { name: new RegExp(`#${number}$`) });
      await dialog.getByLabel("Text in English").fill("The supplier is at it.");
      await press(engineer, "Read it once more");
      await dialog.getByText("This is needed").waitFor();
      await dialog.getByLabel("Text in Chinese").fill("供货商正在处理。");
      await press(engineer, "Read it once more");
      await dialog.getByText("供货商正在处理。").waitFor();
      expect(await accessibilityFlaws(engineer)).toEqual([]);
      await dialog.getByRole("button", { name: "Tell 1 buyer", exact: true }).click();
      await tickets.getByText("in 1 thread").waitFor();
      expect(await accessibilityFlaws(engineer)).toEqual([]);
      const told = (await thread(order)).messages.filter(({ kind }) => kind === "progress");
      expect(told.map(({ text }) => text)).toEqual([
        { "zh-CN": "供货商正在处理。", en: "The supplier is at it." },
      ]);
      await panel.getByRole("button", { name: "Not about this incident" }).click();
      await panel.getByRole("button", { name: `Link to incident ${number}` }).waitFor();
    });

    it("on a phone the queue gives way to the ticket, and comes back", async () => {
      const order = await buyInVain();
      const ticket = await ticketOf(order.id);
      const page = await open("support", { width: 390, height: 844 });
      await page.goto(`${product.consoleUrl}/tickets?orderId=${order.id}`);
      const row = page.getByRole("link", { name: new RegExp(`#${ticket.number}\\b`) });
      await row.click();
      await page.getByRole("heading", { name: new RegExp(`^#${ticket.number} `) }).waitFor();
      expect(await row.isVisible()).toBe(false);
      expect(await accessibilityFlaws(page)).toEqual([]);
      await page.getByRole("link", { name: "‹ Tickets" }).click();
      await row.waitFor();
    });

    it("whoever leads support says what tickets promise, and when support works", async () => {
      const page = await open(product.admin.email, desk, product.admin.password);
      await page.goto(`${product.consoleUrl}/team`);
      const policies = page.getByRole("region", { name: "What tickets promise, and when support works" });
      await policies.getByText("around the clock").waitFor();
      await policies.getByRole("button", { name: "Add a policy" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Name", { exact: true }).fill("Payments");
      await dialog.getByLabel("Sat", { exact: true }).fill("all day");
      await dialog.getByLabel("First answer").first().fill("soon");
      await dialog.getByRole("button", { name: "Save" }).click();
      await dialog.getByText("Choose a cause at least").waitFor();
      await dialog.getByText("Such as 09:00-12:00, 13:30-18:00", { exact: true }).waitFor();
      await dialog.getByText("Such as 45m, 4h or 1h30m", { exact: true }).waitFor();
      expect(await accessibilityFlaws(page)).toEqual([]);
      await dialog.getByLabel("Payment problem").check();
      await dialog.getByLabel("Sat", { exact: true }).fill("");
      await dialog.getByLabel("Sun", { exact: true }).fill("10:00-12:00 14:00-18:00");
      await dialog.getByLabel("First answer").first().fill("1h30m");
      await dialog.getByLabel("Time zone").fill("Asia/Nowhere");
      await dialog.getByRole("button", { name: "Save" }).click();
      await dialog.getByText("a time zone such as Asia/Shanghai").first().waitFor();
      await dialog.getByLabel("Time zone").fill("Asia/Shanghai");
      await dialog.getByRole("button", { name: "Save" }).click();
      await dialog.waitFor({ state: "detached" });
      const { items } = await admin.call<{ items: SupportPolicy[] }>("GET", "/api/support-policies");
      expect(items.find(({ name }) => name === "Payments")).toMatchObject({
        causes: ["payment_problem"],
        targets: [{ firstResponseMin: 90 }, {}, {}, {}],
      });
      await policies.getByText("10:00-12:00, 14:00-18:00").waitFor();
      expect(await accessibilityFlaws(page)).toEqual([]);
      await policies.getByRole("button", { name: "Remove Payments" }).click();
      await dialog.getByRole("button", { name: "Remove", exact: true }).click();
      await policies.getByRole("heading", { name: "Payments" }).waitFor({ state: "detached" });
    });

    it("who is away says so, and a buyer's wish to be called is among the calls to make", async () => {
      const order = await buyInVain();
      const asked = await fetch(`${product.shopUrl}/api/orders/${order.id}/call-back`, {
        method: "POST",
        headers: { ...headers, ...bearer(order) },
        body: JSON.stringify({ phone: "13800138000", note: "ask for Zhang San" }),
      });
      expect(asked.status).toBe(201);
      const page = await open("support");
      await page.goto(`${product.consoleUrl}/team`);
      await page.getByText("138****8000").waitFor();
      await page.getByRole("button", { name: "Change" }).click();
      await page.getByLabel("Away until").fill("2099-01-01T09:00");
      expect(await accessibilityFlaws(page)).toEqual([]);
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText(/^away until/).waitFor();
      expect(await accessibilityFlaws(page)).toEqual([]);

      const ticket = await ticketOf(order.id);
      await page.goto(`${product.consoleUrl}/tickets`);
      await page.getByRole("searchbox").fill("13912345678");
      await page.getByRole("link", { name: new RegExp(`#${ticket.number}\\b`) }).click();
      await page.getByText("The buyer says: ask for Zhang San").waitFor();
      await press(page, "Call it off");
      await page.getByRole("dialog").getByRole("textbox").fill("They wrote that it works now");
      await page.getByRole("dialog").getByRole("button", { name: "Call it off", exact: true }).click();
      await page.getByText("call off").waitFor();
      const calls = async () => (await admin.call<{ items: CallTask[] }>("GET", "/api/calls")).items;
      expect(await calls()).toEqual([]);

      const dialog = page.getByRole("dialog");
      await press(page, "Plan a call");
      await dialog.getByLabel("Best from (may be empty)").fill("2099-01-01T18:00");
      await dialog.getByLabel("Best until (may be empty)").fill("2099-01-01T09:00");
      await dialog.getByRole("button", { name: "Plan a call" }).click();
      await dialog.getByText("It has to end after it begins").waitFor();
      expect(await accessibilityFlaws(page)).toEqual([]);
      await dialog.getByLabel("Best until (may be empty)").fill("2099-01-01T20:00");
      await dialog.getByRole("button", { name: "Plan a call" }).click();
      await dialog.waitFor({ state: "detached" });
      const [planned] = await calls();
      expect(planned?.call.bestTo).not.toBeNull();
      expect(planned?.call.nextAt).toBe(planned?.call.bestFrom);
    });
  },
);
