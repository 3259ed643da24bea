import type { Browser } from "playwright-core";
import { buildBundles, launchChromium } from "../test/browser.ts";
import { optionalBinary } from "../test/optional.ts";
import { startProduct } from "../test/product.ts";
import { print } from "./figures.ts";

/** What Chromium's own "3G" preset emulates: 1.6 Mbit/s down, 750 kbit/s up, 150 ms for each way there and back. */
const network = { offline: false, downloadThroughput: 200_000, uploadThroughput: 93_750, latency: 150 };
/** A phone of the lower middle class has about a quarter of this machine's speed. */
const slowdown = 4;
const visits = 5;

/** First visits to the shop over an emulated 3G network on a phone's screen, each in a browser of its own. */
export async function benchShop3g(): Promise<void> {
  const chromium = optionalBinary("chromium");
  if (chromium === undefined) return print("not measured: no Chromium is installed");
  await buildBundles();
  const product = await startProduct();
  const browser = await launchChromium(chromium);
  try {
    // The first visit warms the server, as any buyer before did.
    await firstProductMs(browser, product.shopUrl, 1);
    for (const cpu of [1, slowdown]) {
      const times: number[] = [];
      for (let visit = 0; visit < visits; visit++)
        times.push(await firstProductMs(browser, product.shopUrl, cpu));
      times.sort((a, b) => a - b);
      const median = times[Math.floor(visits / 2)] ?? 0;
      const on = cpu === 1 ? "this machine's speed" : `a ${cpu} times slower processor`;
      print(
        `first product visible at 3G (1.6 Mbit/s down, 150 ms) with ${on}: median ${Math.round(median)} ms, ` +
          `worst ${Math.round(times.at(-1) ?? 0)} ms of ${visits} first visits (goal < 2,000 ms)`,
      );
    }
  } finally {
    await browser.close();
    await product.stop();
  }
}

/** From asking for the address until a product's price is painted, in ms, with nothing cached. */
async function firstProductMs(browser: Browser, url: string, cpu: number): Promise<number> {
  const context = await browser.newContext({
    ...{ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
  });
  try {
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    await devtools.send("Network.enable");
    await devtools.send("Network.emulateNetworkConditions", network);
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: cpu });
    // Noted inside the page, in the frame that shows it; its clock starts when the address was asked for.
    await page.addInitScript(`new MutationObserver((_, watch) => {
      if (!document.querySelector("main li")) return;
      watch.disconnect();
      requestAnimationFrame(() => setTimeout(() => { globalThis.seenAt = performance.now(); }));
    }).observe(document, { childList: true, subtree: true });`);
    await page.goto(url, { waitUntil: "commit" });
    await page.locator("main li").first().waitFor();
    return await page.evaluate<number>(`new Promise((resolve) => {
      const look = () => globalThis.seenAt === undefined ? setTimeout(look, 10) : resolve(globalThis.seenAt);
      look();
    })`);
  } finally {
    await context.close();
  }
}
