import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, chromium, type Page } from "playwright-core";

const root = join(import.meta.dirname, "../..");

/** Brings the web bundles up to date, as the start does; a program of its own, since the server knows no web. */
export async function buildBundles(): Promise<void> {
  await promisify(execFile)(process.execPath, [join(root, "web/build.ts")], { cwd: root });
}

/** A headless Chromium that talks to nobody but the pages it opens. */
export function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
    ],
  });
}

/** Until whatever moves or fades in has come to rest; what turns for ever is not waited for. */
const atRest = `Promise.allSettled(document.getAnimations()
  .filter((animation) => animation.effect?.getComputedTiming().endTime < Infinity)
  .map((animation) => animation.finished)).then(() => undefined)`;

/** What breaks WCAG 2.2 AA on the page as it stands, once it is at rest: one line per rule and element. */
export async function accessibilityFlaws(page: Page): Promise<string[]> {
  await page.evaluate(atRest);
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"])
    .analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(" ")}`));
}
