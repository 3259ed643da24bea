import { launchChromium } from "../test/browser.ts";
import { optionalBinary } from "../test/optional.ts";
import type { Product } from "../test/product.ts";

/** The console's list of incidents in a browser. */
export interface Screen {
  /** When the incident stood in the list, in ms since 1970 UTC; of one that has stood there longer, now. */
  seen(incidentId: string): Promise<number>;
  close(): Promise<void>;
}

/** Null where no Chromium is installed. */
export async function openScreen(product: Product): Promise<Screen | null> {
  const chromium = optionalBinary("chromium");
  if (chromium === undefined) return null;
  const browser = await launchChromium(chromium);
  const page = await browser.newPage({ locale: "en-US", viewport: { width: 1440, height: 900 } });
  await page.goto(product.consoleUrl);
  await page.locator("input[name=email]").fill(product.admin.email);
  await page.locator("input[name=password]").fill(product.admin.password);
  await page.locator("button[type=submit]").click();
  await page.getByRole("heading", { name: "Live", level: 1 }).waitFor();
  await page.goto(`${product.consoleUrl}/incidents`);
  await page.getByRole("heading", { name: "Incidents", level: 1 }).waitFor();
  return {
    async seen(incidentId) {
      await page.locator(`a[href="/incidents/${incidentId}"]`).first().waitFor({ timeout: 20_000 });
      return Date.now();
    },
    close: () => browser.close(),
  };
}
