import { randomUUID } from "node:crypto";
import type { Buyer, BuyerSession } from "@orderwatch/shared/shop/buyers.ts";
import type { BuyerOrder, PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildWeb } from "../../../web/build.ts";
import { accessibilityFlaws, launchChromium } from "../../test/browser.ts";
import { describeWith } from "../../test/optional.ts";
import { eventually } from "../../test/poll.ts";
import { callJson, type Product, startProduct } from "../../test/product.ts";

const phone = "13900139001";

describeWith("chromium", "goodwill for an order, with the whole product behind it", (chromium) => {
  let product: Product;
  let browser: Browser;
  beforeAll(async () => {
    await buildWeb();
    [product, browser] = await Promise.all([startProduct(), launchChromium(chromium)]);
  });
  afterAll(async () => {
    await browser?.close();
    await product?.stop();
  });

  const shop = <T>(method: string, path: string, body?: object, token?: string) =>
    callJson<T>(product.shopUrl + path, {
      method,
      headers: {
        ...(body ? { "content-type": "application/json", "idempotency-key": randomUUID() } : {}),
        ...(token ? { authorization: `Bearer ${token}` } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  const signInBuyer = async () => {
    await shop("POST", "/api/buyers/codes", { phone, language: "en" });
    const code = await eventually("the code came by SMS", async () => {
      const { items } = await callJson<{ items: { phone: string; content: string }[] }>(
        `${product.sandboxUrl}/sms/messages`,
      );
      return items.map(({ content }) => /code is (\d{6})/.exec(content)?.[1]).find(Boolean);
    });
    return (await shop<BuyerSession>("POST", "/api/buyers/sign-in", { phone, code })).session;
  };
  const place = () => {
    const body = { sku: "game-card-30", quantity: 1, paymentMethod: "alipay", contact: { phone } };
    return shop<PlacedOrder>("POST", "/api/orders", body);
  };
  const balance = async (session: string) =>
    (await shop<Buyer>("GET", "/api/buyers/me", undefined, session)).balance.balanceFen;

  it("staff give it from the order's page, and its buyer has it at once and pays with it", async () => {
    const session = await signInBuyer();
    expect(await balance(session)).toBe(0);
    const order = await place();
    await fetch(order.payment.url, { redirect: "manual" });
    await callJson(`${product.sandboxUrl}/payments/${order.payment.id}/pay`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ payer: "payer-1", outcome: "success" }),
    });
    const delivered = ({ id, token }: PlacedOrder) =>
      eventually("it is delivered", async () => {
        const seen = await shop<BuyerOrder>("GET", `/api/orders/${id}`, undefined, token);
        return seen.status === "delivered";
      });
    await delivered(order);

    const page = await (await browser.newContext({ locale: "en-US" })).newPage();
    await page.goto(`${product.consoleUrl}/orders/${order.id}`);
    await page.locator("input[name=email]").fill(product.admin.email);
    await page.locator("input[name=password]").fill(product.admin.password);
    await page.locator("button[type=submit]").click();
    await page.getByRole("button", { name: "Give credit" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Give credit" }).click();
    await dialog.getByText("Say why").waitFor();
    await dialog.getByLabel("Amount in yuan").fill("9999");
    await dialog.getByText(/^From 0.01 to/).waitFor();
    expect(await accessibilityFlaws(page)).toEqual([]);
    const paid = (order.amountFen / 100).toFixed(2);
    await dialog.getByLabel("Amount in yuan").fill(paid);
    await dialog.getByLabel("Reason").fill("a long wait");
    await dialog.getByText(/^Adds/).waitFor();
    await dialog.getByRole("button", { name: "Give credit" }).click();
    await dialog.waitFor({ state: "detached" });
    await page.getByText("a long wait").waitFor();
    expect(await page.getByRole("button", { name: "Give credit" }).isDisabled()).toBe(true);
    expect(await accessibilityFlaws(page)).toEqual([]);

    await eventually("the buyer sees it", async () => (await balance(session)) === order.amountFen);
    const next = await place();
    const body = { paymentMethod: "balance", buyerSession: session };
    await shop("POST", `/api/orders/${next.id}/pay`, body, next.token);
    await delivered(next);
    await eventually("it is spent", async () => (await balance(session)) === 0);
    await page.goto(`${product.consoleUrl}/orders/${next.id}`);
    await page.getByRole("cell", { name: "Balance" }).waitFor();
    await page.getByText("go back to the buyer's balance").waitFor();
  });
});
