import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { accessibilityFlaws, buildBundles, launchChromium } from "../../test/browser.ts";
import { describeWith } from "../../test/optional.ts";
import { type Product, startProduct } from "../../test/product.ts";

describeWith("chromium", "the console's screens of duty, rules and messages", (chromium) => {
  let product: Product;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    await buildBundles();
    [product, browser] = await Promise.all([startProduct(), launchChromium(chromium)]);
    const context = await browser.newContext({ locale: "en-US", viewport: { width: 1440, height: 900 } });
    page = await context.newPage();
    await page.goto(product.consoleUrl);
    await page.locator("input[name=email]").fill(product.admin.email);
    await page.locator("input[name=password]").fill(product.admin.password);
    await page.locator("button[type=submit]").click();
    await page.getByRole("heading", { name: "Live", level: 1 }).waitFor();
  });
  afterAll(async () => {
    await browser.close();
    await product.stop();
  });

  it("an address that names no order says so and leads to the search", async () => {
    await page.goto(`${product.consoleUrl}/orders/not-an-id`);
    await page.getByText("There is no such order").waitFor();
    await page.getByRole("link", { name: "Search for the order" }).click();
    await page.getByRole("heading", { name: "Orders", level: 1 }).waitFor();
  });

  it("who is on duty is shown, an override puts somebody there, and a test page arrives in the mailbox", async () => {
    await page.goto(`${product.consoleUrl}/on-call`);
    const now = page.getByRole("region", { name: "On duty now" });
    await now.getByText("Admin").first().waitFor();
    await page.getByRole("button", { name: "Take over" }).first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Reason, if you like").fill("covering the night");
    expect(await accessibilityFlaws(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Put on duty" }).click();
    await dialog.waitFor({ state: "detached" });
    await page.getByText("covering the night").waitFor();
    await page.getByRole("button", { name: "Take back" }).click();
    await dialog.getByRole("button", { name: "Take back" }).click();
    await page.getByText("covering the night").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Page me as a test" }).click();
    await page.getByText("Arrived").first().waitFor();
    expect(await accessibilityFlaws(page)).toEqual([]);

    await page.goto(`${product.consoleUrl}/mailbox`);
    const message = page.getByRole("region", { name: "To me" }).getByRole("listitem");
    await message.filter({ hasText: "Test" }).first().waitFor();
    await message.getByRole("list", { name: "Attempts" }).getByText("Mailbox").first().waitFor();
    await page.getByRole("button", { name: "Mark as read" }).first().click();
    await page.getByRole("button", { name: "Mark as read" }).waitFor({ state: "detached" });
    expect(await accessibilityFlaws(page)).toEqual([]);
  });

  it("a rule's change is tried on the last week, saved with its reason, and stands in its versions", async () => {
    await page.goto(`${product.consoleUrl}/detection`);
    await page.getByRole("row").filter({ hasText: "Level 2" }).first().getByRole("link").first().click();
    await page.getByLabel("Must hold for, seconds").fill("17");
    await page.getByRole("button", { name: "Try on the last 7 days" }).click();
    await page.getByText("Would not have fired").waitFor();
    await page.getByLabel("Why you change it").fill("too jumpy on Mondays");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Version 1", { exact: true }).waitFor();
    await page.getByText("too jumpy on Mondays").waitFor();
    expect(await accessibilityFlaws(page)).toEqual([]);
  });

  it("a silence is started with its reason and ended by hand", async () => {
    await page.goto(`${product.consoleUrl}/detection`);
    await page.getByRole("button", { name: "New silence" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Start the silence" }).click();
    await dialog.getByText("Say why").waitFor();
    await dialog.getByLabel("Labels, one per line").fill("channel=alipay");
    await dialog.getByLabel("Reason").fill("their planned work");
    expect(await accessibilityFlaws(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Start the silence" }).click();
    await dialog.waitFor({ state: "detached" });
    const silences = page.getByRole("region", { name: "Silences" });
    await silences.getByText("their planned work").waitFor();
    await silences.getByRole("button", { name: "End now" }).click();
    await dialog.getByRole("button", { name: "End now" }).click();
    await silences.getByText("No silences").waitFor();
    expect(await accessibilityFlaws(page)).toEqual([]);
  });
});
