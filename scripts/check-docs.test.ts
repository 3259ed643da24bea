import { describe, expect, test } from "vitest";
import { checkDocument, checkSettings, type Tree } from "./check-docs.ts";

const tree: Tree = {
  files: new Set(["README.md", "ARCHITECTURE.md", "server/src/main.ts", "docs/live.png", "docs/more.md"]),
  folders: new Set(["server", "server/src", "docs"]),
  scripts: new Set(["start", "test", "bench"]),
};

const read = (path: string) => (path === "ARCHITECTURE.md" ? "# Map\n\n## The way of an order\n" : "");
const check = (text: string, path = "README.md") => checkDocument(path, text, tree, read);

describe("the docs check", () => {
  test("what exists may be named: files, folders, a file by its name alone, commands, links", () => {
    const text = [
      "`server/src/main.ts`, `server/src/`, `main.ts`, `npm start`, `npm run bench`, `POST /api/orders`, `a.b`,",
      "[map](ARCHITECTURE.md), [way](ARCHITECTURE.md#the-way-of-an-order), ![live](docs/live.png), [here](#title),",
      "[site](https://example.com/x.md), `application/json`, `HOST`, `127.0.0.1/8`",
      "# Title",
    ].join("\n");
    expect(check(text)).toEqual([]);
  });

  test.each([
    ["a path that does not exist", "`server/src/nothing.ts`", "names `server/src/nothing.ts`"],
    ["a file name that does not exist", "`nothing.ts`", "names `nothing.ts`"],
    ["a folder that does not exist", "`server/bench/`", "names `server/bench/`"],
    ["a command that does not exist", "run `npm run deploy`", "names `npm run deploy`"],
    ["a link to a missing file", "[x](docs/gone.md)", "links to docs/gone.md"],
    ["a missing image", "![x](docs/gone.png)", "links to docs/gone.png"],
    ["a missing image in HTML", '<img src="docs/gone.png">', "links to docs/gone.png"],
    ["a link to a missing heading", "[x](ARCHITECTURE.md#nowhere)", "has no such heading"],
    ["a place outside the project", "see ../shared/plan.md", "points outside the project: ../shared/plan.md"],
    [
      "a place on somebody's machine",
      "see /home/somebody/x",
      "names a place on somebody's machine: /home/somebody/x",
    ],
  ])("%s is found", (_, text, problem) => {
    expect(check(text).join("\n")).toContain(problem);
  });

  test("links are read from the document's own folder", () => {
    expect(check("[x](live.png) [y](../README.md)", "docs/more.md")).toEqual([]);
    expect(check("[x](docs/live.png)", "docs/more.md")).toHaveLength(1);
  });

  test("the settings table and the server's variables are the same set", () => {
    const source = 'const variables = {\n  HOST: [z, "x"],\n  SHOP_PORT: [\n  ],\n  NODE_NAME: [z, "y"],\n};';
    const readme = (rows: string) =>
      `# T\n\n## Settings\n\n| variable | x |\n|---|---|\n${rows}\n\n## Next\n`;
    expect(checkSettings(readme("| `HOST` `SHOP_PORT` | with `DATA` |"), source)).toEqual([]);
    expect(checkSettings(readme("| `HOST` | x |\n| `OLD_PORT` | x |"), source)).toEqual([
      "does not name the setting SHOP_PORT",
      "names the setting OLD_PORT, which nothing reads",
    ]);
  });
});
