/**
 * Builds the web bundles into `web/dist/<app>` when their sources changed since the last build.
 *
 * Run as a program it prints one line. The stamp `web/dist/<app>/.stamp` holds the hash of everything the
 * bundles are made of, and is part of what is swapped in, so that it can never vouch for a half-made bundle.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The bundles of this project: folders of `web/` and modes of `vite.config.ts`. */
export const apps = ["console", "shop"] as const;
export type App = (typeof apps)[number];

const root = join(import.meta.dirname, "..");
const dist = join(root, "web/dist");
const config = join(root, "vite.config.ts");
const inputs = ["web", "shared/src", "vite.config.ts", "pnpm-lock.yaml"];

const isSource = (app: App, path: string) =>
  !/(?:^|\/)(?:node_modules|dist)(?:\/|$)/.test(path) &&
  !/\.test\.tsx?$/.test(path) &&
  !apps.some((other) => other !== app && path === `web/${other}`);

const sourcesOf = async (app: App, top: string, path: string): Promise<string[]> => {
  if (/\.\w+$/.test(path)) return [path];
  const entries = await readdir(join(top, path), { withFileTypes: true });
  const nested = await Promise.all(
    entries.map((entry) => {
      const child = `${path}/${entry.name}`;
      if (!isSource(app, child)) return [];
      return entry.isDirectory() ? sourcesOf(app, top, child) : [child];
    }),
  );
  return nested.flat();
};

/** SHA-256 over paths and contents of all that one bundle is made of, this builder included. */
export const sourceHash = async (app: App, top = root): Promise<string> => {
  const listed = await Promise.all(inputs.map((input) => sourcesOf(app, top, input)));
  const files = listed.flat().sort();
  const contents = await Promise.all(files.map((file) => readFile(join(top, file))));
  const hash = createHash("sha256");
  files.forEach((file, index) => {
    const content = contents[index] ?? Buffer.alloc(0);
    hash.update(`${file}\0${content.byteLength}\0`).update(content);
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
  } catch (error) {
    // Another process that built the same sources meanwhile has swapped its bundle in.
    if ((await builtHash(app)) !== hash) throw error;
  } finally {
    await rm(fresh, { recursive: true, force: true });
    await rm(old, { recursive: true, force: true });
  }
};

/** Builds what is out of date; answers the names of the apps that were built. */
export const buildWeb = async (): Promise<readonly App[]> => {
  await mkdir(dist, { recursive: true });
  const built: App[] = [];
  for (const app of apps) {
    const hash = await sourceHash(app);
    if ((await builtHash(app)) === hash) continue;
    await buildApp(app, hash);
    built.push(app);
  }
  return built;
};

if (import.meta.main) {
  const startedAt = performance.now();
  const built = await buildWeb();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(
    built.length === 0 ? "web: up to date\n" : `web: built ${built.join(" and ")} in ${seconds} s\n`,
  );
}
