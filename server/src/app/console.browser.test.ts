import { randomUUID } from "node:crypto";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildWeb } from "../../../web/build.ts";
import { accessibilityFlaws, launchChromium } from "../../test/browser.ts";
import { describeWith } from "../../test/optional.ts";
import { eventually } from "../../test/poll.ts";
import { callJson, type Product, startProduct } from "../../test/product.ts";

describeWith("chromium", "the console, with the whole product behind it", (chromium) => {
  let product: Product;
  let browser: Browser;
  beforeAll(async () => {
    await buildWeb();
    [product, browser] = await Promise.all([startProduct({ SIMULATE: "5" }), launchChromium(chromium)]);
  });
  afterAll(async () => {
    await browser.close();
    await product.stop();
  });

  const open = async (locale: string): Promise<Page> => {
    const context = await browser.newContext({ locale, viewport: { width: 1440, height: 900 } });
    return context.newPage();
  };
  const signIn = async (page: Page, password = product.admin.password) => {
    await page.locator("input[name=email]").fill(product.admin.email);
    await page.locator("input[name=password]").fill(password);
    await page.locator("button[type=submit]").click();
  };
  /** The figure of the strip under a label, as a number. */
  const figure = async (page: Page, label: string) => {
    const texts = await page
      .getByRole("region", { name: "State of the shop" })
      .locator("*")
      .allTextContents();
    const shown = texts.slice(texts.indexOf(label) + 1).find((text) => /^[\d,]+$/.test(text));
    return Number(shown?.replaceAll(",", ""));
  };

  it("staff sign in, watch orders arrive and follow one to the end of its trace", async () => {
    const page = await open("en-US");
    const failures: string[] = [];
    page.on("pageerror", (error) => failures.push(error.message));
    await page.goto(product.consoleUrl);
    await signIn(page, "not the password at all");
    await page.getByText("wrong", { exact: false }).waitFor();
    await signIn(page);
    await page.getByRole("heading", { name: "Live", level: 1 }).waitFor();
    const before = await eventually(
      "a first order",
      async () => (await figure(page, "Orders")) || undefined,
      30_000,
    );
    await eventually("another order", async () => (await figure(page, "Orders")) > before, 30_000);
    await page.locator("svg.recharts-surface").first().waitFor();
    expect(await accessibilityFlaws(page)).toEqual([]);

    await page.keyboard.press("g");
    await page.keyboard.press("o");
    await page.getByRole("heading", { name: "Orders", level: 1 }).waitFor();
    await page.getByRole("row").filter({ hasText: "Delivered" }).first().getByRole("link").first().click();
    const trace = page.getByRole("listitem");
    await trace.filter({ hasText: "Delivered" }).first().waitFor();
    await trace.filter({ hasText: "Placed" }).first().waitFor();
    expect(await accessibilityFlaws(page)).toEqual([]);
    expect(failures).toEqual([]);
  });

  it("an order of a buyer is found by its id, in Chinese too", async () => {
    const placed = await callJson<{ id: string }>(`${product.shopUrl}/api/orders`, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": randomUUID() },
      body: JSON.stringify({
        sku: "game-card-30",
        quantity: 1,
        paymentMethod: "alipay",
        contact: { phone: "13912345678" },
      }),
    });
    const page = await open("zh-CN");
    await page.goto(`${product.consoleUrl}/orders`);
    await signIn(page);
    await page.getByRole("heading", { name: "订单", level: 1 }).waitFor();
    await page.goto(`${product.consoleUrl}/orders/${placed.id}`);
    await page.getByText("139****5678").first().waitFor();
    expect(await page.content()).not.toContain("13912345678");
    await page.getByText("待支付").first().waitFor();
  });

  it("staff give a part of an order's money back, and see it under way with their name and reason", async () => {
    const page = await open("en-US");
    await page.goto(`${product.consoleUrl}/orders?status=delivered`);
    await signIn(page);
    await page.getByRole("row").filter({ hasText: "Delivered" }).first().getByRole("link").first().click();
    await page.getByRole("button", { name: "Deliver again" }).waitFor();
    expect(await page.getByRole("button", { name: "Deliver again" }).isDisabled()).toBe(true);
    await page.getByText("it is delivered. Money can be given back").waitFor();
    await page.getByRole("button", { name: "Give money back" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Amount in yuan").fill("0.01");
    await dialog.getByText("The order stays as it is").waitFor();
    expect(await accessibilityFlaws(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Give money back" }).click();
    await dialog.getByText("Say why").waitFor();
    await dialog.getByLabel("Reason").fill("a scratched card");
    await dialog.getByRole("button", { name: "Give money back" }).click();
    await dialog.waitFor({ state: "detached" });
    const refunds = page.getByRole("region", { name: "List of refunds" });
    await refunds.getByText("a scratched card").waitFor();
    await refunds.getByText("Money returned").waitFor();
    await page.getByRole("listitem").filter({ hasText: "Admin" }).first().waitFor();
    expect(await accessibilityFlaws(page)).toEqual([]);
  });
});
