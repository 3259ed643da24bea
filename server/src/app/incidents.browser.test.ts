import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { accessibilityFlaws, buildBundles, launchChromium } from "../../test/browser.ts";
import { describeWith } from "../../test/optional.ts";
import { type Product, startProduct } from "../../test/product.ts";

describeWith("chromium", "incidents, with the whole product behind them", (chromium) => {
  let product: Product;
  let browser: Browser;
  beforeAll(async () => {
    await buildBundles();
    [product, browser] = await Promise.all([startProduct({ SIMULATE: "5" }), launchChromium(chromium)]);
  });
  afterAll(async () => {
    await browser.close();
    await product.stop();
  });

  const signIn = async (page: Page) => {
    await page.locator("input[name=email]").fill(product.admin.email);
    await page.locator("input[name=password]").fill(product.admin.password);
    await page.locator("button[type=submit]").click();
  };

  it("staff declare a level 1, hear of it everywhere, acknowledge it with one key and read its timeline", async () => {
    const context = await browser.newContext({ locale: "en-US", viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    const failures: string[] = [];
    page.on("pageerror", (error) => failures.push(error.message));
    await page.goto(product.consoleUrl);
    await signIn(page);
    await page.getByRole("heading", { name: "Live", level: 1 }).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("i");
    await page.getByRole("heading", { name: "Incidents", level: 1 }).waitFor();
    await page.getByRole("button", { name: "Declare incident" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("Level 1", { exact: true }).click();
    await dialog.getByRole("button", { name: "Declare" }).click();
    await dialog.getByText("Say what is wrong").waitFor();
    expect(await accessibilityFlaws(page)).toEqual([]);
    await dialog.getByLabel("What is wrong?").fill("Buyers report empty codes");
    await dialog.getByRole("button", { name: "Declare" }).click();

    await page.getByRole("heading", { name: /Buyers report empty codes/, level: 1 }).waitFor();
    await page.getByRole("alert").filter({ hasText: "Buyers report empty codes" }).waitFor();
    await page.getByText("Plan started").first().waitFor();
    await page.keyboard.press("a");
    await page.getByText("Acknowledged", { exact: true }).first().waitFor();
    await page
      .getByRole("alert")
      .filter({ hasText: "Buyers report empty codes" })
      .waitFor({ state: "detached" });
    await page.getByLabel("Add to the timeline").fill("Codes of batch 7 are empty");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    const timeline = page.getByRole("region", { name: "Timeline" }).getByRole("listitem");
    await timeline.filter({ hasText: "Codes of batch 7 are empty" }).waitFor();
    expect(await timeline.count()).toBeGreaterThanOrEqual(3);
    expect(await accessibilityFlaws(page)).toEqual([]);

    await page.getByRole("link", { name: "‹ Incidents" }).click();
    await page.keyboard.press("j");
    await page.locator("a[data-row]:focus").filter({ hasText: "Buyers report empty codes" }).waitFor();
    expect(await accessibilityFlaws(page)).toEqual([]);
    expect(failures).toEqual([]);
  });
});
