import { defineConfig } from "vitest/config";

const ignored = ["**/node_modules/**", "**/dist/**", "**/.orderwatch/**"];
const databaseSetup = "server/test/global-setup.ts";

/**
 * What a test needs stands in its file's name, so that `--project unit` runs on a machine with nothing:
 * `x.test.ts` needs nothing, `x.db.test.ts` PostgreSQL, `x.browser.test.ts` the whole product and a browser.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["**/*.test.{ts,tsx}"],
          exclude: [...ignored, "**/*.db.test.ts", "**/*.browser.test.ts"],
          testTimeout: 15_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "database",
          include: ["**/*.db.test.ts"],
          exclude: ignored,
          globalSetup: databaseSetup,
          testTimeout: 30_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "browser",
          include: ["**/*.browser.test.ts"],
          exclude: ignored,
          globalSetup: databaseSetup,
          // Each file starts a whole product; two at once on two cores would measure the machine, not the product.
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
