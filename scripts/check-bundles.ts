/**
 * Checks what a browser downloads before the first screen works: the entry, everything it imports statically,
 * their CSS and the page itself, gzipped. Bundles that are out of date are built first.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type App, buildWeb } from "../web/build.ts";
import { root } from "./run.ts";

interface Budget {
  readonly app: App;
  /** Manifest keys of what the first screen needs beyond the page's entry: its lazily loaded route. */
  readonly screens: readonly string[];
  readonly maxKb: number;
  /** Chunks that must come after the first paint. */
  readonly later: RegExp;
}

/** Vite's build manifest (https://vite.dev/guide/backend-integration), the part that is read. */
export type Manifest = Record<string, ManifestChunk>;

interface ManifestChunk {
  readonly file: string;
  readonly isEntry?: boolean;
  readonly imports?: readonly string[];
  readonly css?: readonly string[];
}

const budgets: readonly Budget[] = [
  { app: "console", screens: ["routes/live.tsx"], maxKb: 250, later: /charts/ },
  { app: "shop", screens: ["checkout/checkout-sheet.tsx"], maxKb: 40, later: /^$/ },
  { app: "shop", screens: ["orders/order-page.tsx"], maxKb: 40, later: /^$/ },
  { app: "shop", screens: ["orders/orders-page.tsx"], maxKb: 40, later: /^$/ },
  { app: "shop", screens: ["orders/find-page.tsx"], maxKb: 40, later: /^$/ },
  { app: "shop", screens: ["account/account-page.tsx"], maxKb: 40, later: /^$/ },
  { app: "shop", screens: ["status/status-page.tsx"], maxKb: 40, later: /^$/ },
];

/** Files of the first load, in no order: the entries and `screens` with all that they import statically. */
export const firstLoad = (manifest: Manifest, screens: readonly string[]): string[] => {
  // Pages alone: a worker is fetched by the browser itself, when its reader asked for pushes.
  const entries = Object.keys(manifest).filter((key) => manifest[key]?.isEntry && key.endsWith(".html"));
  const reached = new Set<string>();
  const files = new Set<string>();
  const visit = (key: string) => {
    const chunk = manifest[key];
    if (chunk === undefined || reached.has(key)) return;
    reached.add(key);
    for (const file of [chunk.file, ...(chunk.css ?? [])]) files.add(file);
    for (const imported of chunk.imports ?? []) visit(imported);
  };
  for (const key of [...entries, ...screens]) visit(key);
  return [...files];
};

const check = ({ app, screens, maxKb, later }: Budget): string[] => {
  const folder = join(root, "web/dist", app);
  const manifest = JSON.parse(readFileSync(join(folder, ".vite/manifest.json"), "utf8")) as Manifest;
  const files = firstLoad(manifest, screens);
  const bytes = ["index.html", ...files]
    .map((file) => gzipSync(readFileSync(join(folder, file))).byteLength)
    .reduce((sum, size) => sum + size, 0);
  const kb = bytes / 1024;
  process.stdout.write(
    `${app}: first load with ${screens.join(" and ")} ${kb.toFixed(1)} KB of ${maxKb} KB (gzip, ${files.length} files)\n`,
  );
  const problems = kb > maxKb ? [`${app}: the first load is ${kb.toFixed(1)} KB, more than ${maxKb} KB`] : [];
  for (const file of files.filter((each) => later.test(each))) {
    problems.push(`${app}: ${file} belongs after the first paint, but the first load imports it`);
  }
  for (const screen of screens) {
    // A screen that the entry imports statically, or that moved, has no chunk of its own to count.
    if (manifest[screen] === undefined) problems.push(`${app}: ${screen} has no chunk to measure`);
  }
  return problems;
};

if (import.meta.main) {
  await buildWeb();
  const problems = budgets.flatMap(check);
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
