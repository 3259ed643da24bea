import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import configuration from "../.dependency-cruiser.mjs";
import { checkArchitecture } from "./check-architecture.ts";

const shared = "../../../../shared/src/money.ts";

/** A small tree in which every import is allowed. */
const goodTree: Record<string, string[]> = {
  "shared/src/money.ts": ["zod"],
  "server/src/platform/db.ts": [],
  "server/src/platform/http.ts": ["./db.ts"],
  "server/src/live/hub.ts": ["../platform/db.ts"],
  "server/src/shop/stock/table.ts": ["../../platform/db.ts"],
  "server/src/shop/stock/actions.ts": ["./table.ts"],
  "server/src/shop/orders/domain.ts": [shared, "./domain-holds.ts", "./limits.ts"],
  "server/src/shop/orders/limits.ts": [],
  "server/src/shop/orders/domain-holds.ts": [shared],
  "server/src/shop/orders/table.ts": ["../stock/table.ts"],
  "server/src/shop/orders/store.ts": [
    "./table.ts",
    "./domain.ts",
    "../stock/table.ts",
    "../../platform/db.ts",
    "./search-store.ts",
  ],
  "server/src/shop/orders/search-store.ts": ["./table.ts"],
  "server/src/shop/orders/events.ts": ["../../live/hub.ts", "../../platform/http.ts"],
  "server/src/shop/orders/actions.ts": ["./store.ts", "./domain.ts", "./events.ts", "../stock/actions.ts"],
  "server/src/shop/orders/jobs.ts": ["./actions.ts"],
  "server/src/shop/orders/routes.ts": ["./actions.ts", shared, "../../platform/http.ts"],
  "server/src/shop/orders/orders.test.ts": [
    "../stock/table.ts",
    "./store.ts",
    "../../../test/harness.ts",
    "../../../../web/build.ts",
  ],
  "web/build.ts": [],
  "server/src/shop/orders/search-actions.ts": ["./search-store.ts"],
  "server/src/ops/tickets/actions.ts": [
    "../../shop/orders/actions.ts",
    "../../shop/orders/search-actions.ts",
  ],
  "server/src/sandbox/gateways/wechat.ts": ["../../platform/http.ts", shared],
  "server/src/app/shop.ts": [
    "../shop/orders/routes.ts",
    "../shop/orders/jobs.ts",
    "../ops/tickets/actions.ts",
  ],
  "server/src/main.ts": ["./app/shop.ts"],
  "server/test/harness.ts": ["../src/app/shop.ts"],
  "web/ui/button.tsx": ["../../shared/src/money.ts"],
  "web/console/features/orders/list.tsx": ["../../../ui/button.tsx"],
  "web/console/routes/orders.tsx": ["../features/orders/list.tsx"],
  "web/console/main.tsx": ["./routes/orders.tsx"],
  "web/shop/page.tsx": ["../ui/button.tsx"],
  "web/shop/main.tsx": ["./page.tsx"],
  "scripts/test.ts": ["./run.ts"],
  "scripts/run.ts": [],
};

/** One forbidden import per line: rule, importer, what it imports. */
const forbidden: readonly (readonly [rule: string, from: string, specifier: string])[] = [
  ["shared-is-pure", "shared/src/money.ts", "node:fs"],
  ["shared-is-pure", "shared/src/money.ts", "pg"],
  ["platform-looks-down-only", "server/src/platform/http.ts", "../live/clock.ts"],
  ["platform-looks-down-only", "server/src/platform/http.ts", "../shop/catalog/actions.ts"],
  ["live-looks-down-only", "server/src/live/hub.ts", "../shop/catalog/actions.ts"],
  ["shop-looks-down-only", "server/src/shop/stock/actions.ts", "../../ops/audit/actions.ts"],
  ["ops-looks-down-only", "server/src/ops/tickets/actions.ts", "../../app/loose.ts"],
  ["app-looks-down-only", "server/src/app/shop.ts", "../main.ts"],
  ["sandbox-speaks-http", "server/src/sandbox/gateways/wechat.ts", "../../shop/catalog/actions.ts"],
  ["sandbox-speaks-http", "server/src/sandbox/gateways/wechat.ts", "../../ops/audit/actions.ts"],
  ["domains-meet-at-actions", "server/src/shop/stock/actions.ts", "../catalog/domain.ts"],
  ["domains-meet-at-actions", "server/src/ops/tickets/actions.ts", "../../shop/catalog/domain.ts"],
  ["foreign-tables-in-sql-only", "server/src/ops/tickets/actions.ts", "../../shop/catalog/table.ts"],
  ["domain-is-pure", "server/src/shop/orders/domain.ts", "../../platform/clock.ts"],
  ["domain-is-pure", "server/src/shop/orders/domain.ts", "node:crypto"],
  ["domain-comes-first", "server/src/shop/orders/domain-holds.ts", "./table.ts"],
  ["store-is-sql", "server/src/shop/orders/store.ts", "../../platform/clock.ts"],
  ["actions-know-no-callers", "server/src/shop/stock/actions.ts", "./jobs.ts"],
  ["callers-use-actions", "server/src/shop/orders/routes.ts", "./store.ts"],
  ["callers-use-actions", "server/src/shop/orders/jobs.ts", "./search-store.ts"],
  ["tests-stay-outside", "server/src/live/hub.ts", "../../test/other.ts"],
  ["web-knows-no-server", "web/ui/button.tsx", "../../server/src/platform/clock.ts"],
  ["server-knows-no-web", "server/src/platform/http.ts", "../../../web/lib/api.ts"],
  ["apps-stay-apart", "web/shop/page.tsx", "../console/theme.ts"],
  ["notes-stay-inside", "server/src/shop/stock/actions.ts", "../../../../shared/src/ops/tickets.ts"],
  ["notes-stay-inside", "web/shop/page.tsx", "../../shared/src/ops/ticket-work.ts"],
  ["ui-knows-no-features", "web/ui/button.tsx", "../console/theme.ts"],
  ["features-know-no-routes", "web/console/features/orders/list.tsx", "../../routes/login.tsx"],
  ["no-blind-spots", "server/src/live/hub.ts", "./missing.ts"],
];

/** What the forbidden imports point to; the two halves of the circle know each other by a type only. */
const targets: Record<string, string[]> = {
  "server/src/live/clock.ts": ["../platform/clock.ts"],
  "server/src/platform/clock.ts": [],
  "server/src/shop/catalog/actions.ts": ["./domain.ts"],
  "server/src/shop/catalog/domain.ts": [],
  "server/src/shop/catalog/table.ts": [],
  "server/src/shop/stock/jobs.ts": ["node:timers"],
  "server/src/ops/audit/actions.ts": [],
  "shared/src/ops/tickets.ts": [],
  "shared/src/ops/ticket-work.ts": [],
  "server/src/app/loose.ts": [],
  "server/test/other.ts": [],
  "web/lib/api.ts": [],
  "web/console/theme.ts": [],
  "web/console/routes/login.tsx": [],
  "server/src/live/egg.ts": ["./hen.ts"],
  "server/src/live/hen.ts": ["./egg.ts"],
  "server/src/live/dead.ts": [],
};

describe("the architecture check", () => {
  let folder = "";

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "architecture-"));
    for (const name of ["zod", "pg"]) {
      write(`node_modules/${name}/package.json`, JSON.stringify({ name, main: "index.js" }));
      write(`node_modules/${name}/index.js`, "");
    }
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };

  const plant = (tree: Record<string, string[]>) => {
    for (const [path, specifiers] of Object.entries(tree)) {
      // Imports of types alone: the weakest arrow there is must still be seen.
      const lines = specifiers.map(
        (specifier, index) => `import type { A as A${index} } from "${specifier}";`,
      );
      write(path, `${lines.join("\n")}\nexport type A = 1;\n`);
    }
  };

  test("a tree that follows the arrows passes", async () => {
    plant(goodTree);
    const verdict = await checkArchitecture(folder);
    expect(verdict.problems).toEqual([]);
    expect(verdict.modules).toBe(Object.keys(goodTree).length);
  });

  test("every rule finds its forbidden import, and nothing else", async () => {
    const tree = { ...goodTree, ...targets };
    for (const [, from, specifier] of forbidden) tree[from] = [...(tree[from] ?? []), specifier];
    plant(tree);
    const { problems } = await checkArchitecture(folder);
    const resolved = (from: string, specifier: string) =>
      specifier.startsWith(".") && specifier !== "./missing.ts"
        ? join(dirname(from), specifier)
        : specifier.replace("node:", "").replace(/^pg$/, "node_modules/pg/index.js");
    const expected = forbidden.map(([rule, from, to]) => `${rule}: ${from} → ${resolved(from, to)}`);
    const circle = problems.filter((problem) => problem.startsWith("no-circles"));
    expect(problems.filter((problem) => !circle.includes(problem)).sort()).toEqual(
      [...expected, "no-orphans: server/src/live/dead.ts"].sort(),
    );
    expect(circle.join("\n")).toContain("server/src/live/egg.ts");
    const bitten = new Set(problems.map((problem) => problem.slice(0, problem.indexOf(":"))));
    expect(
      configuration.forbidden.map((rule) => rule.name ?? "").filter((name) => !bitten.has(name)),
    ).toEqual([]);
  });

  test("a checker that reads no imports fails instead of passing", async () => {
    plant(Object.fromEntries(Object.keys(goodTree).map((path) => [path, []])));
    const { problems } = await checkArchitecture(folder);
    expect(problems.some((problem) => problem.startsWith("blind:"))).toBe(true);
  });

  test("a tree without sources fails", async () => {
    const { problems } = await checkArchitecture(folder);
    expect(problems).toEqual(["blind: dependency-cruiser saw 0 of 0 source files"]);
  });
});
