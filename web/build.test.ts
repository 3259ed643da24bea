import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sourceHash } from "./build.ts";

describe("a bundle is out of date", () => {
  let top = "";

  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(top, path)), { recursive: true });
    writeFileSync(join(top, path), text);
  };

  beforeEach(() => {
    top = mkdtempSync(join(tmpdir(), "bundle-"));
    for (const path of [
      "web/console/main.tsx",
      "web/shop/main.tsx",
      "web/ui/button.tsx",
      "shared/src/money.ts",
      "vite.config.ts",
      "pnpm-lock.yaml",
    ])
      write(path, "first");
  });

  afterEach(() => rmSync(top, { recursive: true }));

  test.each([
    "web/console/main.tsx",
    "web/ui/button.tsx",
    "web/ui/new.module.css",
    "shared/src/money.ts",
    "vite.config.ts",
    "pnpm-lock.yaml",
  ])("when %s changes", async (path) => {
    const before = await sourceHash("console", top);
    write(path, "second");
    expect(await sourceHash("console", top)).not.toBe(before);
  });

  test.each([
    "web/shop/main.tsx",
    "web/ui/button.test.tsx",
    "web/dist/console/index.html",
    "web/node_modules/react/index.js",
  ])("but not when %s does", async (path) => {
    const before = await sourceHash("console", top);
    write(path, "second");
    expect(await sourceHash("console", top)).toBe(before);
  });

  test("when a file is renamed, or text moves from one file to the next", async () => {
    const before = await sourceHash("console", top);
    rmSync(join(top, "web/ui/button.tsx"));
    write("web/ui/knob.tsx", "first");
    const renamed = await sourceHash("console", top);
    write("web/ui/knob.tsx", "firs");
    write("web/ui/label.tsx", "t");
    expect(new Set([before, renamed, await sourceHash("console", top)]).size).toBe(3);
  });
});
