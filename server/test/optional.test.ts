import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { optionalBinary } from "./optional.ts";

describe("optional programs", () => {
  let folder = "";

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "optional-"));
    vi.stubEnv("PATH", folder);
    vi.stubEnv("CI", "");
  });

  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  const install = (name: string, mode: number) => {
    const path = join(folder, name);
    writeFileSync(path, "#!/bin/sh\n");
    chmodSync(path, mode);
    return path;
  };

  test("a program on the PATH is found under any of its names", () => {
    expect(optionalBinary("redis-server")).toBeUndefined();
    const redis = install("redis-server", 0o755);
    const browser = install("google-chrome", 0o755);
    expect(optionalBinary("redis-server")).toBe(redis);
    expect(optionalBinary("chromium")).toBe(browser);
  });

  test("a file that cannot be executed is not a program", () => {
    install("redis-server", 0o644);
    expect(optionalBinary("redis-server")).toBeUndefined();
  });

  test("a missing program fails where CI=true, so that nothing skips silently there", () => {
    vi.stubEnv("CI", "true");
    expect(() => optionalBinary("redis-server")).toThrow("redis-server is not installed");
  });
});
