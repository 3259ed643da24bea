import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { TestContext } from "../../test/context.ts";
import { describeWith } from "../../test/optional.ts";
import { eventually } from "../../test/poll.ts";
import { atCashier, openShopPages, phone, type ShopPages, usabilityFlaws } from "../../test/shop-page.ts";
import { addGoodwill, balanceChanged } from "../shop/balance/actions.ts";
import { createProduct } from "../shop/catalog/actions.ts";
import { digitsOf } from "../shop/customers/domain.ts";
import { takeOwedOrders } from "../shop/customers/lookup-actions.ts";
import { subscriptionToken } from "../shop/status/subscription-actions.ts";

// What a test answers in the shop's place must reach the page; the tests of pushes allow workers.
const english = { ...phone, serviceWorkers: "block" } satisfies BrowserContextOptions;

describeWith("chromium", "the shop page, with the real shop and the sandbox behind it", (chromium) => {
  let pages: ShopPages;
  let context: TestContext;
  let browser: Browser;
  let url: string;
  beforeAll(async () => {
    pages = await openShopPages(chromium);
    ({ context, browser, url } = pages);
  });
  afterAll(() => pages?.close());
  afterEach(() => pages.settle());

  const open = (path: string, options: BrowserContextOptions = english) => pages.open(path, options);
  /** Fills in the checkout and presses pay. */
  const order = async (page: Page, sku: string) => {
    await page.goto(`${url}/p/${sku}`);
    await page.getByLabel("Phone").fill("13800138000");
    if (await page.getByLabel("Account to top up").isVisible())
      await page.getByLabel("Account to top up").fill("10001");
    await page.getByRole("button", { name: /^Pay ¥/ }).click();
  };
  /** Signs in on the page of one's own, with the code that goes to this number. */
  const signIn = async (page: Page, number = "13800138000") => {
    await context.db.sql.query("delete from buyer_codes");
    await page.getByLabel("Phone").fill(number);
    await page.getByRole("button", { name: "Send me a code" }).click();
    const { rows } = await eventually("the code is owed", async () => {
      const found = await context.db.sql.query<{ id: string }>("select id from buyer_codes");
      return found.rows.length > 0 && found;
    });
    await page
      .getByLabel("Code from the SMS")
      .fill(digitsOf(context.keys.lookup("buyer-code", rows[0]?.id ?? "")));
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("heading", { name: "Member" }).waitFor();
  };
  const ordersMade = async () => {
    const { rows } = await context.db.sql.query<{ n: number }>("select count(*)::int as n from orders");
    return rows[0]?.n ?? 0;
  };

  it("a buyer orders, pays and has the code in hand, and the next purchase takes one tap (M10)", async () => {
    const page = await open("/");
    await order(page, "game-card-30");
    await atCashier(page, /支付成功/);
    await page.getByRole("heading", { name: "Your codes" }).waitFor();
    expect(await page.locator("li code").first().textContent()).toMatch(/\S{8,}/);

    await page.getByRole("link", { name: "Shop", exact: true }).click();
    await page.getByRole("button", { name: /^Buy with WeChat Pay: .*100/ }).click();
    await atCashier(page, /支付成功/);
    await page.getByRole("heading", { name: "Your codes" }).waitFor();
  });

  it("a search that finds nothing leads back to everything", async () => {
    const page = await open("/?kind=code");
    await page.locator('main a[href="/p/game-card-30"]').first().waitFor();
    await page.getByLabel("Search products").fill("no such thing");
    await page.getByText("Nothing by this name.").waitFor();
    expect(await usabilityFlaws(page)).toEqual([]);
    await page.getByRole("button", { name: "See all products" }).click();
    await page.locator('main a[href="/p/phone-50"]').first().waitFor();
    expect(await page.getByLabel("Search products").inputValue()).toBe("");
  });

  it("a recharge reaches the account and shows the supplier's reference", async () => {
    const page = await open("/");
    await order(page, "phone-50");
    await atCashier(page, /支付成功/);
    await page.getByRole("heading", { name: "The top-up has reached your account." }).waitFor();
    expect(await page.locator("li code").count()).toBe(1);
  });

  it("A2: an answer that is lost on its way makes no second order", async () => {
    const page = await open("/");
    const before = await ordersMade();
    const keys: (string | undefined)[] = [];
    await page.route("**/api/orders", async (route) => {
      keys.push(route.request().headers()["idempotency-key"]);
      if (keys.length > 2) return route.continue();
      await route.fetch();
      await route.abort("connectionreset");
    });
    await order(page, "month-card");
    await page.getByRole("heading", { name: /微信/ }).waitFor();
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    expect((await ordersMade()) - before).toBe(1);
  });

  it("what cannot be reached says so, and trying again asks for the same order", async () => {
    const page = await open("/");
    const before = await ordersMade();
    const keys = new Set<string | undefined>();
    let isLost = true;
    await page.route("**/api/orders", async (route) => {
      keys.add(route.request().headers()["idempotency-key"]);
      return isLost ? route.abort("connectionfailed") : route.continue();
    });
    await order(page, "month-card");
    await page.getByText("Nobody can say yet whether the order was made.").waitFor();
    isLost = false;
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("heading", { name: /微信/ }).waitFor();
    expect(keys.size).toBe(1);
    expect((await ordersMade()) - before).toBe(1);
  });

  it("a sold-out product offers a notice, which is kept", async () => {
    await createProduct(context, { sku: "gone", name: "Sold out card", kind: "code", priceFen: 100 });
    await eventually("the shop shows it", async () => (await fetch(`${url}/api/products/gone`)).ok);
    const page = await open("/p/gone");
    await page.getByLabel("E-mail").fill("buyer@example.com");
    await page.getByRole("button", { name: "Tell me", exact: true }).click();
    await page.getByText("We will tell you when it is back.").waitFor();
    const { rows } = await context.db.sql.query("select 1 from restock_notices");
    expect(rows).toHaveLength(1);
  });

  it("an order's token never stands in an address, and another device cannot open the order", async () => {
    const page = await open("/");
    const addresses: string[] = [];
    page.on("request", (request) => void addresses.push(request.url()));
    await order(page, "video-month");
    await atCashier(page, /支付成功/);
    await page.getByRole("heading", { name: "Your codes" }).waitFor();
    const stored = await page.evaluate<string>(`localStorage.getItem("orderwatch.orders")`);
    const [{ token }] = JSON.parse(stored) as [{ token: string }];
    expect(token.length).toBeGreaterThan(20);
    expect(addresses.filter((address) => address.includes(token))).toEqual([]);

    const stranger = await open(new URL(page.url()).pathname);
    await stranger.getByText("This device does not hold the key to this order.").waitFor();
  });

  it("a buyer without the order's key has a link sent, which opens it and leaves no token in the address", async () => {
    const page = await open("/");
    await order(page, "video-month");
    await atCashier(page, /支付成功/);
    await page.getByRole("heading", { name: "Your codes" }).waitFor();
    const path = new URL(page.url()).pathname;
    const id = path.split("/").at(-1) ?? "";

    const other = await open(path);
    const addresses: string[] = [];
    other.on("request", (request) => void addresses.push(request.url()));
    await other.getByRole("link", { name: "Find my orders" }).click();
    await other.getByLabel("Phone or e-mail").fill("nobody");
    await other.getByRole("button", { name: "Send me the links" }).click();
    await other.getByText("This is neither a phone number nor an e-mail address.").waitFor();
    await other.getByLabel("Phone or e-mail").fill("13800138000");
    expect(await usabilityFlaws(other)).toEqual([]);
    await other.getByRole("button", { name: "Send me the links" }).click();
    await other.getByText("If orders were placed with 13800138000, the links are on their way.").waitFor();
    const [owed, ...more] = await takeOwedOrders(context, 10);
    expect(more).toEqual([]);
    expect(owed).toMatchObject({ language: "en", contact: { phone: "13800138000" }, orders: [{ id }] });

    const token = owed?.orders[0]?.token ?? "";
    await other.goto(`${url}${path}#1.${"x".repeat(43)}`);
    await other.getByText("This device does not hold the key to this order.").waitFor();
    expect(other.url()).toBe(url + path);
    await other.goto(`${url}${path}#${token}`);
    await other.getByRole("heading", { name: "Your codes" }).waitFor();
    expect(other.url()).toBe(url + path);
    await other.goto(`${url}/orders`);
    await other.getByRole("link", { name: /青柠.* × 1/ }).waitFor();
    expect(addresses.filter((each) => each.split("#")[0]?.includes(token))).toEqual([]);
  });

  it("a message to support whose answer is lost stands once when it is sent again", async () => {
    const page = await open("/");
    await order(page, "video-month");
    await atCashier(page, /支付成功/);
    let lost = 0;
    await page.route("**/messages", async (route) => {
      if (route.request().method() !== "POST" || lost > 0) return await route.continue();
      lost += 1;
      await route.fetch();
      await route.abort("connectionfailed");
    });
    await page.getByRole("button", { name: "Talk to support" }).click();
    await page.locator("#support textarea").fill("Is there a manual?");
    const send = page.getByRole("button", { name: "Send", exact: true });
    await send.click();
    await page.locator("#support form").getByRole("status").waitFor();
    await send.click();
    await page.waitForFunction(`document.querySelector("#support textarea").value === ""`);
    const { rows } = await context.db.sql.query("select from conversation_messages where author = 'buyer'");
    expect([lost, rows.length]).toEqual([1, 1]);
  });

  it("news of the status page are subscribed to by e-mail, and its link takes a press", async () => {
    const page = await open("/status");
    const press = (name: string) => page.getByRole("button", { name, exact: true }).click();
    await page.getByLabel("E-mail").fill("nobody");
    await press("Subscribe");
    await page.getByText("This is not an e-mail address.").waitFor();
    await page.getByLabel("E-mail").fill("buyer@example.com");
    await press("Subscribe");
    await page.getByText("Look into your mailbox").waitFor();
    const known = async () =>
      (
        await context.db.sql.query<{ id: string; isConfirmed: boolean }>(
          `select id, confirmed_at is not null as "isConfirmed" from status_subscriptions`,
        )
      ).rows;
    const [{ id } = { id: "" }] = await known();
    const follow = async (does: "confirm" | "end") => {
      await page.goto("about:blank");
      await page.goto(`${url}/status#${does}=${subscriptionToken(context.keys, does, id)}`);
    };
    await follow("confirm");
    expect(await known()).toMatchObject([{ isConfirmed: false }]);
    await press("Confirm the subscription");
    await page.getByText("Confirmed. You will be told.").waitFor();
    expect(await known()).toMatchObject([{ isConfirmed: true }]);
    await follow("end");
    await press("End the subscription");
    await page.getByText("Ended. No more mail will come.").waitFor();
    expect(await known()).toEqual([]);
  });

  it("a push shows what is wrong, also with the page closed", async () => {
    const page = await open("/status", { ...english, serviceWorkers: "allow" });
    await page.context().grantPermissions(["notifications"], { origin: url });
    const devtools = await page.context().newCDPSession(page);
    const registered = new Promise<string>((resolve) => {
      devtools.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
        const [known] = registrations;
        if (known) resolve(known.registrationId);
      });
    });
    await devtools.send("ServiceWorker.enable");
    await page.evaluate(`navigator.serviceWorker.register("/status-worker.js", { scope: "/status" })
      .then(() => navigator.serviceWorker.ready).then(() => undefined)`);
    const [worker] = page.context().serviceWorkers();
    if (!worker) throw new Error("no worker");
    // A browser without a screen keeps no notifications; what it is asked to show is noted instead.
    await worker.evaluate(`globalThis.shown = [];
      registration.showNotification = async (title, { body, tag }) => void shown.push({ title, body, tag });`);
    const data = JSON.stringify({ id: "1", title: "Alipay is limited", text: "We look into it", link: null });
    const registrationId = await registered;
    await page.close();
    const other = await page.context().newPage();
    await other.goto(`${url}/orders`);
    const elsewhere = await other.context().newCDPSession(other);
    await elsewhere.send("ServiceWorker.enable");
    await elsewhere.send("ServiceWorker.deliverPushMessage", { origin: url, registrationId, data });
    const shown = () => worker.evaluate<unknown[]>("shown");
    await eventually("the push is shown", async () => (await shown()).length > 0);
    expect(await shown()).toEqual([{ title: "Alipay is limited", body: "We look into it", tag: "1" }]);
  });

  it("a signed-in buyer pays from the balance at checkout and for an order that waits, and is told what goes with the account", async () => {
    const page = await open("/account");
    await signIn(page, "13900139000");
    const { rows } = await context.db.sql.query<{ id: string }>(
      "select id from buyers order by created_at desc limit 1",
    );
    const buyerId = rows[0]?.id ?? "";
    await context.db.transaction((sql) =>
      addGoodwill(sql, {
        ...{ buyerId, amountFen: 10_000, orderId: context.newId(), creditId: context.newId() },
        ...{ by: "Li Na", reason: "sorry", now: context.clock.now() },
      }),
    );
    balanceChanged(context.cache, buyerId);

    await page.goto(`${url}/p/game-card-30`);
    const fromBalance = page.getByRole("button", { name: /^Pay from your/ });
    await fromBalance.waitFor();
    expect(await usabilityFlaws(page)).toEqual([]);
    await fromBalance.click();
    await page.getByRole("heading", { name: "Your codes" }).waitFor();

    await page.goto(`${url}/p/game-card-30`);
    await page.getByRole("button", { name: /^Pay ¥/ }).click();
    await page.getByRole("button", { name: /支付成功/ }).waitFor();
    await page.goto(`${url}/orders`);
    await page.getByRole("link", { name: /30 元/ }).first().click();
    await fromBalance.waitFor();
    for (const method of [/WeChat Pay/, /Alipay/])
      expect(await page.getByRole("button", { name: method }).count()).toBe(1);
    expect(await usabilityFlaws(page)).toEqual([]);
    await fromBalance.click();
    await page.getByRole("heading", { name: "Your codes" }).waitFor();
    expect(await fromBalance.count()).toBe(0);

    await page.goto(`${url}/account`);
    await page.getByText("Paid for an order").first().waitFor();
    const left = await context.db.sql.query<{ fen: number }>("select balance_fen as fen from balances");
    const told = new RegExp(`¥${((left.rows[0]?.fen ?? 0) / 100).toFixed(2)}`);
    await page.getByRole("heading", { name: told }).waitFor();
    await page.getByRole("button", { name: "Delete my account" }).click();
    await page.getByText(told).nth(1).waitFor();
    expect(await usabilityFlaws(page)).toEqual([]);
    await page.getByRole("button", { name: "Delete for good" }).click();
    await page.getByText("Your account is deleted.").waitFor();
    expect((await context.db.sql.query("select balance_fen from balances")).rows).toEqual([
      { balance_fen: 0 },
    ]);
  });

  it("an order is told to another device once its buyer signs in there, and a call is asked for where no order could be made", async () => {
    const page = await open("/");
    await order(page, "game-card-30");
    await atCashier(page, /支付成功/);
    await page.getByRole("heading", { name: "Your codes" }).waitFor();

    const other = await open("/account");
    await signIn(other);
    await other.getByRole("link", { name: "My orders" }).click();
    await other.getByRole("link", { name: /30 元/ }).first().click();
    await other.getByRole("heading", { name: "Your codes" }).waitFor();

    await other.route("**/api/orders", (route) => route.abort("connectionfailed"));
    await other.goto(`${url}/p/month-card`);
    expect(await other.getByLabel("Phone").inputValue()).toBe("13800138000");
    await other.getByRole("button", { name: /^Pay ¥/ }).click();
    await other.getByRole("button", { name: "Ask for a call" }).click();
    await other.getByRole("button", { name: "Call me" }).click();
    await other.getByText("We will call 13800138000.").waitFor();
    const asked = await context.db.sql.query("select sku from conversations where order_id is null");
    expect(asked.rows).toEqual([{ sku: "month-card" }]);
  });

  it("its policy lets nothing in from elsewhere, and the page breaks none of it", async () => {
    const page = await (await browser.newContext(english)).newPage();
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    const answer = await page.goto(`${url}/`);
    expect(answer?.headers()["content-security-policy"]).toContain("default-src 'self'");
    await page
      .getByRole("button", { name: /^Buy: / })
      .first()
      .click();
    await page.getByRole("dialog").waitFor();
    expect(complaints).toEqual([]);
  });
});
