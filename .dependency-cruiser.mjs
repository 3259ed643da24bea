// The arrows of ARCHITECTURE.md as rules: shared ◄ everything, platform ◄ live ◄ shop ◄ ops ◄ app ◄ main,
// and inside a domain domain ◄ store ◄ actions ◄ routes | jobs. A type import is an arrow too.

const test = "\\.test\\.tsx?$";
const domainFolder = "^server/src/(shop|ops)/([^/]+)/";
const own = "^server/src/$1/$2/";
const domains = "^server/src/(?:shop|ops)/";
/**
 * A file that passed its size and became two keeps its kind in its name: `store.ts`, `search-store.ts`.
 * @type {(names: string) => string}
 */
const kind = (names) => `/[^/]*\\b(?:${names})\\b[^/]*\\.ts$`;
/** @type {(names: string) => string} */
const inDomains = (names) => `^server/src/(?:shop|ops)/.+${kind(names)}`;

/** @type {(name: string, comment: string, from: object, to: object) => import("dependency-cruiser").IForbiddenRuleType} */
const forbid = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });

const layers = ["platform", "live", "shop", "ops", "app"];
const layerRules = layers.map((layer, index) => {
  const above = [...layers.slice(index + 1), ...(layer === "app" ? [] : ["sandbox"])].map(
    (name) => `${name}/`,
  );
  return forbid(
    `${layer}-looks-down-only`,
    "platform ◄ live ◄ shop ◄ ops ◄ app ◄ main",
    // A test may assemble real parts from above, such as the sandbox that pays an order.
    { path: `^server/src/${layer}/`, pathNot: test },
    { path: `^server/src/(?:${[...above, "main\\.ts"].join("|")})` },
  );
});

/** @satisfies {import("dependency-cruiser").IConfiguration} */
const configuration = {
  forbidden: [
    forbid(
      "no-circles",
      "two files that need each other are one file, or hide a third",
      {},
      { circular: true },
    ),
    forbid("no-blind-spots", "an import that cannot be resolved hides arrows", {}, { couldNotResolve: true }),
    forbid(
      "no-orphans",
      "a file that nothing imports and that imports nothing is dead",
      {
        orphan: true,
        pathNot: [test, "\\.d\\.ts$", "^[^/]+\\.(?:ts|mjs)$", "^scripts/", "/main\\.tsx?$", "-worker\\.ts$"],
      },
      {},
    ),
    forbid(
      "shared-is-pure",
      "the contract is read by browsers and servers: zod and itself, no IO",
      { path: "^shared/src/", pathNot: test },
      { pathNot: ["^shared/src/", "(?:^|/)node_modules/zod/"] },
    ),
    ...layerRules,
    forbid(
      "sandbox-speaks-http",
      "it plays companies outside the house, so it may know no more of us than they do",
      { path: "^server/src/sandbox/" },
      { path: "^server/src/(?:live|shop|ops|app|main\\.ts)" },
    ),
    forbid(
      "domains-meet-at-actions",
      "a domain's actions are its door; its tables may be named in another's joins and foreign keys",
      { path: domainFolder, pathNot: test },
      { path: `${domains}[^/]+/`, pathNot: [own, `${domains}[^/]+${kind("actions")}`, inDomains("table")] },
    ),
    forbid(
      "foreign-tables-in-sql-only",
      "only tables and stores write SQL, so only they may name another domain's tables",
      { path: domainFolder, pathNot: [test, inDomains("table|store")] },
      { path: inDomains("table"), pathNot: own },
    ),
    forbid(
      "domain-is-pure",
      "decisions are functions of what they are given: the contract and the domain's own pure files",
      { path: `${domainFolder}.*\\bdomain\\b[^/]*\\.ts$`, pathNot: test },
      { pathNot: ["^shared/src/", own] },
    ),
    forbid(
      "domain-comes-first",
      "domain ◄ store ◄ actions ◄ routes | jobs",
      { path: inDomains("domain"), pathNot: test },
      { path: inDomains("table|store|actions|events") },
    ),
    forbid(
      "store-is-sql",
      "queries decide nothing: tables, the domain's own rules and the database",
      { path: inDomains("store"), pathNot: test },
      {
        path: "^(?:server|web)/",
        pathNot: [inDomains("table|store|domain"), "^server/src/platform/db(?:/|\\.ts$|-)"],
      },
    ),
    forbid(
      "actions-know-no-callers",
      "domain ◄ store ◄ actions ◄ routes | jobs",
      { path: inDomains("actions|events|store|table|domain"), pathNot: test },
      { path: inDomains("routes|jobs") },
    ),
    forbid(
      "callers-use-actions",
      "a route or a job that reaches past the actions skips their events and audit",
      { path: inDomains("routes|jobs"), pathNot: test },
      { path: inDomains("store|table") },
    ),
    forbid(
      "tests-stay-outside",
      "what ships imports no test, harness or benchmark",
      { path: "^(?:server|shared)/src/|^web/", pathNot: test },
      {
        path: ["^server/(?:test|bench)/", test, "(?:^|/)node_modules/(?:vitest|fast-check|playwright-core)/"],
      },
    ),
    forbid("web-knows-no-server", "browsers know the contract only", { path: "^web/" }, { path: "^server/" }),
    forbid(
      "server-knows-no-web",
      "the server serves files",
      { path: "^server/src/", pathNot: test },
      { path: "^web/" },
    ),
    forbid(
      "apps-stay-apart",
      "two bundles with two budgets; what both need lives in ui or lib",
      { path: "^web/(console|shop)/" },
      { path: "^web/(?:console|shop)/", pathNot: "^web/$1/" },
    ),
    forbid(
      "notes-stay-inside",
      "staff's half of a ticket holds internal notes; what buyers meet never even knows its types",
      { path: "^server/src/(?:platform|live|shop|sandbox)/|^web/shop/", pathNot: test },
      { path: "^shared/src/ops/ticket" },
    ),
    forbid(
      "ui-knows-no-features",
      "primitives and tools serve every screen alike",
      { path: "^web/(?:ui|lib)/" },
      { path: "^web/(?:console|shop)/" },
    ),
    forbid(
      "features-know-no-routes",
      "a route composes features, never the other way round",
      { path: "^web/console/features/" },
      { path: "^web/console/routes/" },
    ),
  ],
  options: {
    // Without this, imports of types alone would be invisible.
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(?:^|/)dist/" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
      extensions: [".ts", ".tsx", ".mjs", ".js", ".json", ".css"],
      mainFields: ["module", "main", "types"],
    },
  },
};

export default configuration;
