import { randomUUID } from "node:crypto";
import type { NodeSummary } from "@orderwatch/shared/live/frame.ts";
import type { Incident } from "@orderwatch/shared/ops/incidents.ts";
import type { PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { accessibilityFlaws, buildBundles, launchChromium } from "../../test/browser.ts";
import { describeWith } from "../../test/optional.ts";
import { type OrderLoad, sendOrders } from "../../test/order-load.ts";
import { eventually } from "../../test/poll.ts";
import { callJson, type Product, type Staff, startProduct } from "../../test/product.ts";

// The figures are watched for as long as the runbook says.
vi.setConfig({ testTimeout: 180_000 });

describeWith(
  "chromium",
  "a level 1 worked through on its screen, with the whole product behind it",
  (chromium) => {
    let product: Product;
    let browser: Browser;
    let staff: Staff;
    let load: OrderLoad;
    beforeAll(async () => {
      await buildBundles();
      [product, browser] = await Promise.all([startProduct(), launchChromium(chromium)]);
      staff = await product.signIn();
      await staff.call("POST", "/api/products", { sku: "CARD", name: "Card", kind: "code", priceFen: 100 });
      await staff.call("POST", "/api/products/CARD/codes", {
        codes: Array.from({ length: 5_000 }, (_, n) => `CODE-${n}`),
      });
      await staff.call("POST", "/api/products", {
        sku: "TOPUP",
        name: "Top-up",
        kind: "recharge",
        priceFen: 500,
      });
      load = sendOrders({ shopUrl: product.shopUrl, sku: "CARD", rate: () => 5 });
    });
    afterAll(async () => {
      await load?.stop();
      await browser?.close();
      await product?.stop();
    });

    const nodes = async () => (await staff.call<{ items: NodeSummary[] }>("GET", "/api/nodes")).items;
    const open = async () =>
      (await staff.call<{ items: Incident[] }>("GET", "/api/incidents?state=open")).items.find(
        ({ rule }) => rule === "no-active-node",
      );
    const kill = (pid: number) => {
      try {
        process.kill(pid, "SIGKILL");
      } catch (error) {
        // It was killed a moment ago, and the console has not missed it yet.
        if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
      }
    };
    /** Whoever takes orders is killed, and so is who comes after, until nobody sells for long enough to be an outage. */
    const outage = () =>
      eventually(
        "a level 1",
        async () => {
          for (const { pid, state } of await nodes()) if (state === "active") kill(pid);
          return await open();
        },
        60_000,
      );
    /** A buyer whose top-up cannot be delivered: the money is there, and the account is not. */
    const buyInVain = async () => {
      const post = { method: "POST", headers: { "content-type": "application/json" } };
      const order = { sku: "TOPUP", quantity: 1, paymentMethod: "alipay", rechargeAccount: "invalid-1" };
      const placed = await callJson<PlacedOrder>(`${product.shopUrl}/api/orders`, {
        method: "POST",
        headers: { ...post.headers, "idempotency-key": randomUUID() },
        body: JSON.stringify({ ...order, contact: { phone: "13912345678" } }),
      });
      await callJson(`${product.sandboxUrl}/payments/${placed.payment.id}/pay`, {
        ...{ ...post, body: JSON.stringify({ payer: "payer-1", outcome: "success" }) },
      });
      return placed;
    };
    const region = (page: Page, name: string) => page.getByRole("region", { name, exact: true });
    const resolve = async (page: Page) => {
      await region(page, "State").getByRole("button", { name: "Resolve", exact: true }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Resolve", exact: true }).click();
    };

    it("O5: one key acknowledges, one click promotes, figures confirm it, buyers are told, and it closes once orders are settled", async () => {
      const context = await browser.newContext({ locale: "en-US", viewport: { width: 1440, height: 900 } });
      const page = await context.newPage();
      const failures: string[] = [];
      page.on("pageerror", (error) => failures.push(error.message));
      await page.goto(product.consoleUrl);
      await page.locator("input[name=email]").fill(product.admin.email);
      await page.locator("input[name=password]").fill(product.admin.password);
      await page.locator("button[type=submit]").click();
      await page.getByRole("heading", { name: "Live", level: 1 }).waitFor();
      await eventually("orders", () => load.accepted.size > 20, 30_000);

      await outage();
      const alarm = page.getByRole("link", { name: /Level 1 · #\d+ No node takes orders/ });
      await alarm.click();
      await region(page, "Who was paged").getByText("Admin").first().waitFor();
      await page.keyboard.press("a");
      await region(page, "Who was paged").getByText("Acknowledged by Admin").waitFor();

      const runbook = region(page, "Runbook");
      const heading = page.getByRole("heading", { name: "Promote the standby" });
      const step = runbook.getByRole("listitem").filter({ has: heading });
      const promote = step.getByRole("button", { name: "Promote the standby" });
      await eventually("a standby to promote", () => promote.isEnabled(), 60_000);
      await step.getByText(/^Will do: shop-\d takes orders/).waitFor();
      const standby = (await nodes()).find(({ id, state }) => id.startsWith("shop-") && state === "standby");
      await promote.click();
      await step.getByText("Done, figures watched").waitFor();
      const promoted = await eventually("the standby takes orders", async () =>
        (await nodes()).find(({ id, state }) => id === standby?.id && state === "active"),
      );
      expect(promoted.pid).toBe(standby?.pid);
      expect(await accessibilityFlaws(page)).toEqual([]);

      const bought = await buyInVain();
      await step.getByText("Done, confirmed by the figures").waitFor({ timeout: 60_000 });
      await step.getByRole("button", { name: "Take it back" }).waitFor();
      await region(page, "Deadlines").getByText("early: kept").waitFor();

      const orders = region(page, "Affected orders");
      const mine = orders.getByRole("checkbox", { name: `Choose order ${bought.id}` });
      await mine.waitFor({ timeout: 30_000 });
      const told = region(page, "What buyers were told");
      const dialog = page.getByRole("dialog");
      await told.getByRole("button", { name: "Tell these buyers" }).click();
      await dialog.getByText("1 buyer left a contact: 1 by SMS, 0 by e-mail.").waitFor();
      await dialog.getByRole("button", { name: "Ask for approval" }).click();
      await told.getByLabel("Nobody else can approve: why you do").fill("alone at night");
      await told.getByRole("button", { name: "Approve and send" }).click();
      await told.getByText("Arrived 1").waitFor({ timeout: 60_000 });

      await resolve(page);
      await dialog.getByText("Affected orders are not settled yet").waitFor();
      await dialog.getByRole("button", { name: "Cancel" }).click();
      await mine.check();
      await orders.getByRole("button", { name: "Give money back" }).click();
      await dialog.getByLabel("Reason").fill("the account does not exist");
      await dialog.getByRole("button", { name: "Give money back" }).click();
      await dialog.getByRole("button", { name: "Close" }).click();
      await orders
        .getByRole("listitem")
        .filter({ hasText: bought.id.slice(0, 13) })
        .getByText("Refunded")
        .waitFor();
      await resolve(page);
      await region(page, "State").getByText("Resolved", { exact: true }).first().waitFor();
      expect(await open()).toBeUndefined();
      await told.getByText("All clear").first().waitFor({ timeout: 60_000 });
      expect(await accessibilityFlaws(page)).toEqual([]);
      expect(failures).toEqual([]);
    });
  },
);
