import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../run.ts";
import { allFailures, breakText, failuresOf, functionAround, type Report, type Variant } from "./variant.ts";
import { variants } from "./variants.ts";

const variant: Variant = {
  breaks: "S1",
  by: "nothing is checked",
  file: "a.ts",
  find: "if (bad)",
  replace: "if ($& || false)",
  test: "a.test.ts",
};
const report = (...results: [status: string, fullName: string][]): Report => ({
  testResults: [{ assertionResults: results.map(([status, fullName]) => ({ status, fullName })) }],
});

describe("a variant", () => {
  it("replaces its passage, word for word", () => {
    expect(breakText("if (bad) throw", variant)).toBe("if ($& || false) throw");
  });

  it.each(["nothing", "if (bad) if (bad)"])("is out of date in: %s", (text) => {
    expect(breakText(text, variant)).toBeUndefined();
  });
});

describe("the function around a passage", () => {
  const guard = "create or replace function guard() returns trigger\nlanguage plpgsql as $$\nif (bad)\n$$;\n";

  it("is the one whose body holds it", () => {
    expect(functionAround(`${guard.replace("guard", "other").replace("bad", "x")}${guard}`, variant)).toBe(
      "guard",
    );
  });

  it("is none where the last one has ended, or there is none", () => {
    expect(functionAround(`${guard.replace("bad", "x")}alter table t; if (bad)`, variant)).toBeUndefined();
    expect(functionAround("if (bad)", variant)).toBeUndefined();
  });
});

describe("a broken guarantee", () => {
  it.each([
    "S1: a code goes to one order",
    "placing S1: a code goes to one order",
    "S1, D1: what was delivered",
    "D1, S1: what was delivered",
  ])("is noticed by a failed test that carries its number: %s", (title) => {
    expect(failuresOf("S1", report(["failed", title]))).toEqual([title]);
  });

  it("is not noticed by tests that pass, or that fail for another guarantee", () => {
    const others = report(["passed", "S1: a code"], ["failed", "S11: another"], ["failed", "has no number"]);
    expect(failuresOf("S1", others)).toEqual([]);
    expect(allFailures(others)).toEqual(["S11: another", "has no number"]);
  });
});

describe("the variants that are kept", () => {
  it.each(variants.map((each) => [each.breaks, each.by, each] as const))(
    "%s, %s: stands once in its file, breaks it, and its test carries the number",
    (breaks, _, each) => {
      const right = readFileSync(join(root, each.file), "utf8");
      const broken = breakText(right, each);
      expect(broken, `${each.file} holds its passage once`).toBeDefined();
      expect(broken).not.toBe(right);
      expect(existsSync(join(root, each.test)), each.test).toBe(true);
      expect(readFileSync(join(root, each.test), "utf8")).toMatch(new RegExp(`\\b${breaks}\\b`));
    },
  );

  const migrations = readdirSync(join(root, "server/migrations"))
    .filter((file) => file.endsWith(".sql"))
    .sort()
    .map((file) => `server/migrations/${file}`);
  const inFunctions = variants.flatMap((each) => {
    if (!migrations.includes(each.file)) return [];
    const name = functionAround(readFileSync(join(root, each.file), "utf8"), each);
    return name === undefined ? [] : [[each.breaks, each.by, name, each.file] as const];
  });

  it("are some in functions of the database", () => {
    expect(inFunctions.length).toBeGreaterThanOrEqual(9);
  });

  it.each(inFunctions)(
    "%s, %s: breaks what %s is at last, and not what a later migration defines anew",
    (...each) => {
      const [, , name, file] = each;
      const defines = new RegExp(`\\bcreate (?:or replace )?function ${name}\\(`);
      const defining = migrations.filter((migration) =>
        defines.test(readFileSync(join(root, migration), "utf8")),
      );
      expect(defining.at(-1)).toBe(file);
    },
  );

  it("are all known to the one list that is proven, from whatever file", async () => {
    const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith("-variants.ts"));
    expect(files.length).toBeGreaterThanOrEqual(3);
    for (const file of files) {
      const given: Record<string, readonly Variant[]> = await import(join(import.meta.dirname, file));
      for (const each of Object.values(given).flat()) expect(variants, file).toContain(each);
    }
  });
});
