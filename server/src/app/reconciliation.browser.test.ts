import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openTestBills, type TestBills } from "../../test/bills.ts";
import { accessibilityFlaws, buildBundles, launchChromium } from "../../test/browser.ts";
import { adminEmail, staffPassword, startTestConsole, type TestConsole } from "../../test/console.ts";
import { describeWith } from "../../test/optional.ts";
import { reconcileDue } from "../shop/reconciliation/actions.ts";
import { actDue } from "../shop/reconciliation/repair-actions.ts";

const pages = join(import.meta.dirname, "../../../web/dist/console");

describeWith("chromium", "Orders → Reconciliation", (chromium) => {
  let bills: TestBills;
  let console: TestConsole;
  let browser: Browser;
  let page: Page;
  let orderId: string;
  let day: string;
  beforeAll(async () => {
    await buildBundles();
    bills = await openTestBills();
    const { clock } = bills.shop;
    // The console goes by the real clock: what happened was an hour ago for it.
    clock.advance(Date.now() - 3_600_000 - clock.now().getTime());
    orderId = (await bills.paidUnheard()).id;
    day = bills.today();
    clock.advance(Date.now() + 600_000 - clock.now().getTime());
    console = await startTestConsole({ beside: bills.shop, pagesFrom: pages });
    browser = await launchChromium(chromium);
    const context = await browser.newContext({ locale: "en-US", viewport: { width: 1440, height: 900 } });
    page = await context.newPage();
    await page.goto(console.url);
    await page.locator("input[name=email]").fill(adminEmail);
    await page.locator("input[name=password]").fill(staffPassword);
    await page.locator("button[type=submit]").click();
    await page.getByRole("heading", { name: "Live", level: 1 }).waitFor();
  });
  afterAll(async () => {
    await browser.close();
    await console.close();
    await bills.close();
  });

  it("shows a difference to the company's bill; an action with its reason settles it, and both are kept", async () => {
    await page.getByRole("link", { name: "Reconciliation" }).first().click();
    await page.getByRole("heading", { name: "Reconciliation", level: 1 }).waitFor();
    await page.locator("input[name=day]").fill(day);
    expect(await accessibilityFlaws(page)).toEqual([]);
    await page.getByRole("button", { name: "Compare now" }).click();
    await page.getByRole("heading", { name: day, level: 1 }).waitFor();
    // What a shop node does by itself.
    while ((await reconcileDue(bills.payments)).more);
    const kind = page.getByRole("region", { name: "Paid, but we never heard of it" });
    await kind.getByRole("link", { name: orderId }).waitFor();
    await kind.getByText("¥10.00").first().waitFor();
    expect(await accessibilityFlaws(page)).toEqual([]);

    await kind.getByRole("button", { name: "Ask the company" }).click();
    const dialog = page.getByRole("dialog");
    const act = dialog.getByRole("button", { name: "Ask the company" });
    await act.click();
    await dialog.getByText("Say why").waitFor();
    await dialog.getByLabel("Reason").fill("the buyer shows a receipt");
    expect(await accessibilityFlaws(page)).toEqual([]);
    await act.click();
    await dialog.waitFor({ state: "detached" });
    while ((await actDue(bills.payments)).more);
    await page.getByText("Nothing is open any more").waitFor();

    await page.getByText("All", { exact: true }).click();
    await kind.getByText("the buyer shows a receipt").waitFor();
    await kind.getByText("Settled").waitFor();
    expect(await accessibilityFlaws(page)).toEqual([]);
    expect(await bills.shop.value("select status from orders where id = $1", [orderId])).toBe("paid");
  });
});
