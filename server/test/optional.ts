/**
 * Programs that some tests need and a machine may lack. Without them those tests skip, loudly; where `CI` is
 * `true` everything is meant to be installed, and a missing program fails instead of hiding what it proves.
 */
import { accessSync, constants, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe } from "vitest";

export type OptionalBinary =
  | "chromium"
  | "pgbench"
  | "prometheus"
  | "prometheus-alertmanager"
  | "redis-server";

const names: Record<OptionalBinary, readonly string[]> = {
  chromium: ["chromium", "chromium-browser", "google-chrome"],
  pgbench: ["pgbench"],
  prometheus: ["prometheus"],
  // Debian's name first, then its makers'.
  "prometheus-alertmanager": ["prometheus-alertmanager", "alertmanager"],
  "redis-server": ["redis-server"],
};

// Debian keeps PostgreSQL's own programs off the PATH, and the wrapper that is on it wants a cluster.
const debianPostgresFolders = (): string[] => {
  const base = "/usr/lib/postgresql";
  try {
    const versions = readdirSync(base).sort((a, b) => Number(b) - Number(a));
    return versions.map((version) => join(base, version, "bin"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
};

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Absolute path of an optional program, or `undefined` where it is not installed and `CI` is not `true`. */
export const optionalBinary = (binary: OptionalBinary): string | undefined => {
  const own = binary === "pgbench" ? debianPostgresFolders() : [];
  const folders = [...own, ...(process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "")];
  const candidates = names[binary].flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = candidates.find(isExecutable);
  if (found === undefined && process.env.CI === "true") {
    throw new Error(`${binary} is not installed, and CI=true runs every test`);
  }
  return found;
};

/**
 * A `describe` whose tests need an optional program; `body` gets its path. Where the program is missing the
 * tests count as skipped and a line says which program would run them.
 */
export const describeWith = (binary: OptionalBinary, title: string, body: (path: string) => void): void => {
  const path = optionalBinary(binary);
  if (path !== undefined) {
    describe(title, () => body(path));
    return;
  }
  process.stderr.write(`SKIPPED "${title}": ${binary} is not installed\n`);
  describe.skip(title, () => body(binary));
};
