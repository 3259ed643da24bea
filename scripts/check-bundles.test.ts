import { describe, expect, test } from "vitest";
import { firstLoad, type Manifest } from "./check-bundles.ts";

const manifest: Manifest = {
  "index.html": { file: "index.js", isEntry: true, imports: ["_vendor.js"], css: ["index.css"] },
  "_vendor.js": { file: "vendor.js", imports: ["index.html"] },
  "routes/live.tsx": { file: "live.js", imports: ["_vendor.js", "_shell.js"] },
  "_shell.js": { file: "shell.js", css: ["shell.css"] },
  "worker.ts": { file: "worker.js", isEntry: true },
  "features/chart.tsx": { file: "chart.js", imports: ["_charts.js"] },
  "_charts.js": { file: "charts.js" },
};

describe("the first load", () => {
  test("is the entry with all that it imports statically, their CSS included", () => {
    expect(firstLoad(manifest, []).sort()).toEqual(["index.css", "index.js", "vendor.js"]);
  });

  test("includes the lazily loaded screen that is measured, and nothing that this one loads later", () => {
    const files = firstLoad(manifest, ["routes/live.tsx"]);
    expect(files.sort()).toEqual(["index.css", "index.js", "live.js", "shell.css", "shell.js", "vendor.js"]);
  });
});
