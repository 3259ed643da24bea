import type { Page } from "playwright-core";
import { z } from "zod";
import { launchChromium } from "../test/browser.ts";
import { optionalBinary } from "../test/optional.ts";
import { startProduct } from "../test/product.ts";
import { print, quantile } from "./figures.ts";

const recordMs = 60_000;
const settleMs = 5_000;
const goalMs = 50;

const traceEvent = z.object({
  name: z.string(),
  pid: z.number(),
  tid: z.number(),
  /** Thread time in µs. */
  tdur: z.number().optional(),
  args: z.looseObject({ name: z.string().optional() }).optional(),
});

/** What streaming costs the page of Live: the tasks of its main thread over a minute of 20 orders a second. */
export async function benchConsole(): Promise<void> {
  const chromium = optionalBinary("chromium");
  if (chromium === undefined) {
    print("skipped: chromium is not installed");
    return;
  }
  const product = await startProduct({ SIMULATE: "20" });
  const browser = await launchChromium(chromium);
  try {
    const page = await browser.newPage({ locale: "en-US", viewport: { width: 1440, height: 900 } });
    await page.goto(product.consoleUrl);
    await page.locator("input[name=email]").fill(product.admin.email);
    await page.locator("input[name=password]").fill(product.admin.password);
    await page.locator("button[type=submit]").click();
    await page.locator("svg.recharts-surface").first().waitFor();
    // Loading is not streaming: the recording begins when all charts stand.
    await page.waitForTimeout(settleMs);
    const tasks = await recordTasks(page, recordMs);
    const over = tasks.filter((ms) => ms > goalMs).length;
    print(
      `tasks of Live in 60 s       ${tasks.length}, p99 ${quantile(tasks, 0.99).toFixed(1)} ms, longest ${Math.max(...tasks).toFixed(1)} ms, ${over} over ${goalMs} ms (goal: 0)`,
    );
  } finally {
    await browser.close();
    await product.stop();
  }
}

/** Thread time in ms of every task that the page's main thread ran within `forMs`, from Chromium's own trace. */
async function recordTasks(page: Page, forMs: number): Promise<number[]> {
  const session = await page.context().newCDPSession(page);
  const events: z.infer<typeof traceEvent>[] = [];
  session.on("Tracing.dataCollected", ({ value }) => {
    events.push(...z.array(traceEvent).parse(value));
  });
  await session.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: { includedCategories: ["toplevel", "__metadata"] },
  });
  await page.waitForTimeout(forMs);
  const complete = new Promise<void>((resolve) => session.once("Tracing.tracingComplete", () => resolve()));
  await session.send("Tracing.end");
  await complete;
  const main = new Set(
    events
      .filter((event) => event.name === "thread_name" && event.args?.name === "CrRendererMain")
      .map((event) => `${event.pid}:${event.tid}`),
  );
  return events
    .filter((event) => /RunTask$/.test(event.name) && main.has(`${event.pid}:${event.tid}`))
    .map((event) => (event.tdur ?? 0) / 1000);
}
