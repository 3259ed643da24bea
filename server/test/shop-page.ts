import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { startSandbox } from "../src/app/sandbox.ts";
import { startShop } from "../src/app/shop.ts";
import { readSettings } from "../src/platform/env.ts";
import { seedDemoProducts } from "../src/shop/stock/demo-actions.ts";
import { accessibilityFlaws, buildBundles, launchChromium } from "./browser.ts";
import { createTestContext, type TestContext, testSecretKey } from "./context.ts";
import { freePorts } from "./free-ports.ts";

/** A phone of the usual size, in the hand of somebody who reads English. */
export const phone = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
  locale: "en-US",
} satisfies BrowserContextOptions;

export const desk = { viewport: { width: 1440, height: 900 } } satisfies BrowserContextOptions;

const findSmall = `[...document.querySelectorAll("button, a, input:not([type=radio]), textarea, summary, label:has(input)")]
  .filter((element) => element.checkVisibility())
  .map((element) => {
    const { width, height } = element.getBoundingClientRect();
    const over = getComputedStyle(element, "::after");
    const isOver = over.content !== "none" && over.position === "absolute" && over.pointerEvents !== "none";
    const beyond = (own, length) => (isOver ? Math.max(own, parseFloat(length) || 0) : own);
    return [element.textContent || element.tagName, beyond(width, over.width), beyond(height, over.height)];
  })
  .filter(([, width, height]) => width < 47.5 || height < 47.5)
  .map(([name, width, height]) => name + " " + Math.round(width) + " × " + Math.round(height))`;

/**
 * What can be touched and is smaller than 48 × 48 CSS pixels; a radio button's label is what is touched, and what a link lays
 * over its card.
 */
export const smallTargets = (page: Page): Promise<string[]> => page.evaluate<string[]>(findSmall);

/** What keeps anyone from using the screen as it stands: WCAG 2.2 AA, and targets too small for a finger. */
export async function usabilityFlaws(page: Page): Promise<string[]> {
  const small = await smallTargets(page);
  return [...(await accessibilityFlaws(page)), ...small.map((target) => `too small: ${target}`)];
}

/** What a buyer presses on the sandbox's page of the payment company. */
export const atCashier = (page: Page, choice: RegExp): Promise<void> =>
  page.getByRole("button", { name: choice }).click();

export interface ShopPages {
  context: TestContext;
  browser: Browser;
  url: string;
  sandboxUrl: string;
  /** A browser of its own, on this page of the shop. */
  open(path: string, options: BrowserContextOptions): Promise<Page>;
  /** Closes all pages; ordinary days again at the sandbox's companies. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** The shop with its demo products and the sandbox, without a console, and a Chromium to look at it. */
export async function openShopPages(chromium: string): Promise<ShopPages> {
  await buildBundles();
  const folder = await mkdtemp(join(tmpdir(), "shop-pages-"));
  const context = await createTestContext();
  await seedDemoProducts(context);
  const [shopPort, sandboxPort] = await freePorts(2);
  const settings = readSettings({
    DATABASE_URL: context.url,
    DATA_DIR: folder,
    SECRET_KEY: testSecretKey,
    SHOP_PORT: String(shopPort),
    SANDBOX_PORT: String(sandboxPort),
    SIMULATE: "0",
    LOG_LEVEL: "silent",
  });
  const shop = await startShop(settings, null);
  const sandbox = await startSandbox(settings, null);
  const browser = await launchChromium(chromium);
  const { url } = settings.shop;
  const sandboxUrl = settings.sandbox.url;
  return {
    ...{ context, browser, url, sandboxUrl },
    async open(path, options) {
      const page = await (await browser.newContext(options)).newPage();
      await page.goto(url + path);
      return page;
    },
    async settle() {
      await Promise.all(browser.contexts().map((each) => each.close()));
      await fetch(`${sandboxUrl}/behaviour`, { method: "DELETE" });
    },
    async close() {
      await browser.close();
      await sandbox.close();
      await shop.close();
      await context.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
