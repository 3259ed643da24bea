/**
 * Builds the web bundles into `web/dist/<app>` when their sources changed since the last build.
 *
 * Run as a program it prints one line. The stamp `web/dist/<app>/.stamp` holds the hash of everything the
 * bundles are made of, and is part of what is swapped in, so that it can never vouch for a half-made bundle.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";

/** The bundles of this project: folders of `web/` and modes of `vite.config.ts`. */
export const apps = ["console", "shop"] as const;
export type App = (typeof apps)[number];

const root = join(import.meta.dirname, "..");
const dist = join(root, "web/dist");
const config = join(root, "vite.config.ts");
const inputs = ["web", "shared/src", "vite.config.ts", "pnpm-lock.yaml"];

const isSource = (path: string) =>
  !/(?:^|\/)(?:node_modules|dist)(?:\/|$)/.test(path) && !/\.test\.tsx?$/.test(path);

const filesBelow = async (path: string): Promise<string[]> => {
  const entries = await readdir(path, { withFileTypes: true, recursive: false });
  const nested = await Promise.all(
    entries.map((entry) => {
      const child = join(path, entry.name);
      if (!isSource(relative(root, child))) return [];
      return entry.isDirectory() ? filesBelow(child) : [child];
    }),
  );
  return nested.flat();
};

/** SHA-256 over paths and contents of all that the bundles are made of, this builder included. */
export const sourceHash = async (): Promise<string> => {
  const listed = await Promise.all(
    inputs.map((input) => join(root, input)).map((path) => (/\.\w+$/.test(path) ? [path] : filesBelow(path))),
  );
  const files = listed.flat().sort();
  const contents = await Promise.all(files.map((file) => readFile(file)));
  const hash = createHash("sha256");
  files.forEach((file, index) => {
    const content = contents[index] ?? Buffer.alloc(0);
    hash.update(`${relative(root, file)}\0${content.byteLength}\0`).update(content);
  });
  return hash.digest("hex");
};

const builtHash = async (app: App): Promise<string | undefined> => {
  const stamp = join(dist, app, ".stamp");
  return existsSync(stamp) ? await readFile(stamp, "utf8") : undefined;
};

const buildApp = async (app: App, hash: string): Promise<void> => {
  const { build } = await import("vite");
  // A bundle is what users get, whoever asks: Vite would take a test runner's NODE_ENV and ship React's development build.
  process.env.NODE_ENV = "production";
  // Built aside and swapped in whole: a server that runs meanwhile never sees an emptied folder.
  const fresh = join(dist, `.${app}-${process.pid}`);
  const old = join(dist, `.${app}-${process.pid}-old`);
  try {
    await build({ configFile: config, mode: app, logLevel: "warn", build: { outDir: fresh } });
    await writeFile(join(fresh, ".stamp"), hash);
    if (existsSync(join(dist, app))) await rename(join(dist, app), old);
    await rename(fresh, join(dist, app));
  } finally {
    await rm(fresh, { recursive: true, force: true });
    await rm(old, { recursive: true, force: true });
  }
};

/** Builds what is out of date; answers the names of the apps that were built. */
export const buildWeb = async (): Promise<readonly App[]> => {
  await mkdir(dist, { recursive: true });
  const hash = await sourceHash();
  const current = await Promise.all(apps.map(builtHash));
  const stale = apps.filter((_, index) => current[index] !== hash);
  for (const app of stale) await buildApp(app, hash);
  return stale;
};

if (import.meta.main) {
  const startedAt = performance.now();
  const built = await buildWeb();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(
    built.length === 0 ? "web: up to date\n" : `web: built ${built.join(" and ")} in ${seconds} s\n`,
  );
}
