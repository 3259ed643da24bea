import pg from "pg";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { accessibilityFlaws, buildBundles, launchChromium } from "../../test/browser.ts";
import { createTestDatabase, type TestDatabase } from "../../test/database.ts";
import { aDrill } from "../../test/drills/desk.ts";
import { describeWith } from "../../test/optional.ts";
import { type Product, startProduct } from "../../test/product.ts";

/** Short, and seen to by rows alone, so that it needs neither shoppers nor a minute of figures. */
const drill = aDrill({
  slug: "forged-callbacks",
  title: { "zh-CN": "伪造的回调", en: "Forged callbacks, in brief" },
  hypothesis: [{ figure: "paid_without_code", atMost: 10 }],
  faults: [{ kind: "attack", attack: "callback_forgery", perSecond: 1, atMost: 60 }],
  targets: { rules: ["callbacks-refused"], labels: {} },
  stop: [{ figure: "paid_without_code", above: 10, forS: 0 }],
  durationS: 12,
  afterS: 0,
});

describeWith("chromium", "drills, with the whole product behind them", (chromium) => {
  let database: TestDatabase;
  let product: Product;
  let browser: Browser;
  beforeAll(async () => {
    await buildBundles();
    database = await createTestDatabase();
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query("insert into drills (slug, document, followed_to) values ($1, $2, now())", [
      drill.slug,
      JSON.stringify(drill),
    ]);
    await client.end();
    [product, browser] = await Promise.all([
      startProduct({ DATABASE_URL: database.url }),
      launchChromium(chromium),
    ]);
  });
  afterAll(async () => {
    await browser.close();
    await product.stop();
    await database.drop();
  });

  const begin = async (page: Page) => {
    await page.locator(`tr[data-drill=${drill.slug}]`).getByRole("button", { name: "Dry run" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("Nothing stands against it").waitFor();
    return dialog;
  };

  it("staff have the stop at hand before any drill runs, schedule a drill, try it dry, run it, watch it, stop it from another screen, and read the next one's score", async () => {
    const context = await browser.newContext({ locale: "en-US", viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    const failures: string[] = [];
    page.on("pageerror", (error) => failures.push(error.message));
    await page.goto(product.consoleUrl);
    await page.locator("input[name=email]").fill(product.admin.email);
    await page.locator("input[name=password]").fill(product.admin.password);
    await page.locator("button[type=submit]").click();
    await page.getByRole("heading", { name: "Live", level: 1 }).waitFor();
    await page.getByRole("banner").getByRole("button", { name: "Stop all drills" }).click();
    await page.getByRole("dialog", { name: "Stop all drills?" }).getByLabel("Why?").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.keyboard.press("g");
    await page.keyboard.press("d");
    await page.getByRole("heading", { name: "Drills", level: 1 }).waitFor();
    const calendar = page.getByRole("region", { name: "Calendar" });
    await calendar.getByText("Nothing is scheduled").waitFor();
    await page.locator("tr[data-drill=alipay-down]").getByRole("checkbox").check();
    await calendar.getByRole("button").first().waitFor();
    expect(await accessibilityFlaws(page)).toEqual([]);

    const first = await begin(page);
    await first.getByText("sandbox").waitFor();
    expect(await accessibilityFlaws(page)).toEqual([]);
    await first.getByRole("button", { name: "Start a rehearsal" }).click();
    await page.getByRole("heading", { name: /Drill \d+: Forged callbacks/ }).waitFor();
    await page.locator("[aria-current=step]").filter({ hasText: "running" }).waitFor();
    const faults = page.getByRole("region", { name: "What is broken" });
    await faults.getByText("broken", { exact: true }).waitFor();
    expect(await accessibilityFlaws(page)).toEqual([]);

    await page.keyboard.press("g");
    await page.keyboard.press("o");
    await page.getByRole("heading", { name: "Orders", level: 1 }).waitFor();
    await page.getByRole("status").getByRole("button", { name: "Stop all drills" }).click();
    await page.getByRole("dialog").getByLabel("Why?").fill("Enough seen");
    await page.getByRole("dialog").getByRole("button", { name: "Stop all drills" }).click();
    const stopped = page.getByRole("status").filter({ hasText: "All drills are stopped" });
    await stopped.waitFor();
    await page.goBack();
    await page.getByText("All drills were stopped").waitFor();
    await faults.getByText("mended", { exact: true }).waitFor();
    await page.getByText("ended early", { exact: true }).first().waitFor();
    await stopped.getByRole("button", { name: "Release the stop" }).click();
    await stopped.waitFor({ state: "detached" });

    await page.getByRole("link", { name: "← Drills" }).click();
    await (await begin(page)).getByRole("button", { name: "Start a rehearsal" }).click();
    const scorecard = page.getByRole("region", { name: "Scorecard" });
    await scorecard.getByText("of 100").waitFor({ timeout: 60_000 });
    await scorecard.getByRole("row", { name: "Taken back and verified" }).waitFor();
    await page.getByLabel("What is to be done").fill("A rule that sees a few forged callbacks");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("checkbox", { name: "Done: A rule that sees a few forged callbacks" }).waitFor();
    expect(await accessibilityFlaws(page)).toEqual([]);
    expect(failures).toEqual([]);
  });
});
