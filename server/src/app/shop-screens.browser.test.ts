import type { BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { describeWith } from "../../test/optional.ts";
import { eventually } from "../../test/poll.ts";
import {
  atCashier,
  desk,
  openShopPages,
  phone,
  type ShopPages,
  smallTargets,
  usabilityFlaws,
} from "../../test/shop-page.ts";
import { createProduct } from "../shop/catalog/actions.ts";
import { digitsOf } from "../shop/customers/domain.ts";

describeWith("chromium", "every screen of the shop", (chromium) => {
  let pages: ShopPages;
  beforeAll(async () => {
    pages = await openShopPages(chromium);
    await createProduct(pages.context, { sku: "gone", name: "Gone card", kind: "code", priceFen: 100 });
  });
  afterAll(() => pages?.close());
  afterEach(() => pages.settle());

  const order = async (page: Page, sku: string, account?: string) => {
    await page.goto(`${pages.url}/p/${sku}`);
    await page.locator("dialog input[type=tel]").fill("13800138000");
    if (account) await page.locator("dialog input[maxlength='64']").fill(account);
    await page.locator("dialog button[type=submit]").click();
  };
  const signIn = async (page: Page, onCode: () => Promise<void>) => {
    const { sql } = pages.context.db;
    await sql.query("delete from buyer_codes");
    await page.locator("main form button[type=submit]").click();
    const { rows } = await eventually("the code is owed", async () => {
      const found = await sql.query<{ id: string }>("select id from buyer_codes");
      return found.rows.length > 0 && found;
    });
    await page.locator("input[inputmode=numeric]").waitFor();
    await onCode();
    const code = digitsOf(pages.context.keys.lookup("buyer-code", rows[0]?.id ?? ""));
    await page.locator("input[inputmode=numeric]").fill(code);
    await page.locator("main form button[type=submit]").click();
  };

  for (const [name, options] of Object.entries({
    "a phone, Chinese, light": { ...phone, locale: "zh-CN", colorScheme: "light" },
    "a desk, English, dark": { ...desk, locale: "en-US", colorScheme: "dark" },
  } satisfies Record<string, BrowserContextOptions>)) {
    it(`can be used by anyone, and touched (M12): ${name}`, async () => {
      const page = await pages.open("/", { ...options, serviceWorkers: "block" });
      const flaws: Record<string, string[]> = {};
      const seen: string[] = [];
      const look = async (screen: string) => {
        seen.push(screen);
        const found = await usabilityFlaws(page);
        if (found.length > 0) flaws[screen] = found;
      };
      const see = async (screen: string, path: string, selector: string) => {
        await page.goto(pages.url + path);
        await page.locator(selector).first().waitFor();
        await look(screen);
      };
      await page.locator("main li").first().waitFor();
      await look("products");
      await see("sold out", "/p/gone", "dialog form");
      await page.goto(`${pages.url}/p/phone-50`);
      await page.locator("dialog button[type=submit]").click();
      await page.locator("[aria-invalid=true]").first().waitFor();
      await look("checkout");
      await order(page, "phone-50", "10001");
      await atCashier(page, /超出限额/);
      await page.locator("[role=alert]").waitFor();
      await look("payment refused");
      await order(page, "starter-pack");
      await atCashier(page, /支付成功/);
      await page.locator("li code").first().waitFor();
      await page.locator("#for-you").waitFor();
      await look("delivered, and what goes with it");
      await order(page, "phone-50", "invalid-1");
      await atCashier(page, /支付成功/);
      await page.locator("#support textarea").waitFor();
      await page.locator("#support textarea").fill("10001?");
      await page.locator("#support form button").click();
      await page.locator("#support li").waitFor();
      await page.locator("[role=alert] ~ div button").first().click();
      await page.locator("#support > button").click();
      await page.locator("#support fieldset").waitFor();
      await look("delivery failed, support and call");
      const order2 = page.url().replace(pages.url, "");
      await see("orders", "/orders", "main li");
      await see("find orders", "/orders/find", "main form");
      await see("status", "/status", "main li");
      await see("nothing here", "/nothing", "main h1");
      await see("account", "/account", "main form");
      await signIn(page, () => look("code"));
      await page.locator("main dl").waitFor();
      await look("signed in");
      await page.evaluate("localStorage.clear()");
      await see("somebody else's order", order2, "main h2");
      expect(flaws).toEqual({});
      expect(seen).toHaveLength(14);
    });
  }

  it("a product whose card can be touched in a corner only is found too small", async () => {
    const page = await pages.open("/", { ...phone, serviceWorkers: "block" });
    await page.locator("main li a").first().waitFor();
    expect(await smallTargets(page)).toEqual([]);
    const shrink =
      "main li a::after { inset: auto !important; width: 20px !important; height: 20px !important }";
    await page.evaluate(`document.styleSheets[0].insertRule(${JSON.stringify(shrink)})`);
    expect((await smallTargets(page)).length).toBeGreaterThan(0);
  });

  it("is installed, opens without a network, lists the orders there, and goes on by itself (M20)", async () => {
    const page = await pages.open("/", phone);
    const devtools = await page.context().newCDPSession(page);
    const { errors } = await devtools.send("Page.getAppManifest");
    expect(errors).toEqual([]);
    const { installabilityErrors } = await devtools.send("Page.getInstallabilityErrors");
    // Tests have private windows, which install nothing; nothing else may stand against it.
    expect(installabilityErrors.map(({ errorId }) => errorId)).toEqual(["in-incognito"]);
    await page.evaluate("navigator.serviceWorker.ready.then(() => undefined)");
    await order(page, "starter-pack");
    await atCashier(page, /支付成功/);
    await page.locator("li code").first().waitFor();
    const address = page.url();
    await page.goto(`${pages.url}/orders`);
    await page.locator("main li").first().waitFor();
    // No page of the shop, so it never takes the place of one.
    await page.goto(`${pages.url}/openapi.json`);

    await page.context().setOffline(true);
    await page.goto(pages.url);
    await page.locator("nav a").first().waitFor();
    await page.getByText("The shop cannot be reached. We keep trying.").waitFor();
    expect(await usabilityFlaws(page)).toEqual([]);
    await page.getByRole("link", { name: "My orders" }).click();
    await page.getByText("新手礼包").waitFor();
    await page.goto(address);
    await page.getByText("The shop cannot be reached. We keep trying.").waitFor();
    expect(await usabilityFlaws(page)).toEqual([]);
    await page.context().setOffline(false);
    await page.locator("li code").first().waitFor();
  });
});
