/** Checks that the documents name what exists: paths, `npm run` commands, links, images, anchors and all settings. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { root } from "./run.ts";

const documents = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"];

/** What documents can name in one tree. */
export interface Tree {
  /** Every file of the repository, relative to its top. */
  readonly files: ReadonlySet<string>;
  readonly folders: ReadonlySet<string>;
  /** The scripts of the top `package.json`. */
  readonly scripts: ReadonlySet<string>;
}

const isIn = (tree: Tree, path: string) => {
  const name = normalize(path).replace(/\/$/, "");
  return name === "." || tree.files.has(name) || tree.folders.has(name);
};

/** A word in backticks is a path if it has a slash or a file's ending and starts where a path of ours starts. */
const looksLikePath = (word: string, tree: Tree): boolean => {
  if (!/^\.?[\w@-][\w./@-]*$/.test(word)) return false;
  const [first = ""] = word.split("/");
  if (word.includes("/"))
    return tree.folders.has(first) || /\.(?:ts|tsx|json|md|ya?ml|mjs|css|png|svg)$/.test(word);
  return /^\.?[\w-]+\.(?:ts|tsx|json|ya?ml|mjs|md)$/.test(word) && word.toLowerCase() !== "package.json";
};

/** GitHub's way from a heading to its anchor. */
const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/\s/g, "-");

const anchorsOf = (text: string): Set<string> =>
  new Set([...text.matchAll(/^#{1,6}\s+(.+)$/gm)].map((match) => anchorOf(match[1] ?? "")));

const linksOf = (text: string): string[] =>
  [...text.matchAll(/\]\(([^)\s]+)[^)]*\)|(?:src|href)="([^"]+)"/g)].map(
    (match) => match[1] ?? match[2] ?? "",
  );

/**
 * Problems of one document, each one line. `text` is its content, `path` its place in the tree; `read` gives the
 * text of another document for the anchors of links into it.
 */
export const checkDocument = (
  path: string,
  text: string,
  tree: Tree,
  read: (path: string) => string,
): string[] => {
  const problems: string[] = [];
  const prose = text.replace(/^```[\s\S]*?^```/gm, "");
  for (const [, code = ""] of prose.matchAll(/`([^`\n]+)`/g)) {
    if (!looksLikePath(code, tree)) continue;
    const anywhere = !code.includes("/") && [...tree.files].some((file) => file.endsWith(`/${code}`));
    if (!anywhere && !isIn(tree, code)) problems.push(`names \`${code}\`, which does not exist`);
  }
  for (const [command, script = ""] of text.matchAll(/npm run ([\w:-]+)/g)) {
    if (!tree.scripts.has(script)) problems.push(`names \`${command}\`, which package.json does not have`);
  }
  for (const [, script = ""] of text.matchAll(/`npm (start|test)\b/g)) {
    if (!tree.scripts.has(script)) problems.push(`names \`npm ${script}\`, which package.json does not have`);
  }
  for (const link of linksOf(prose)) {
    if (/^(?:[a-z]+:|\/\/)/.test(link)) continue;
    const [target = "", anchor] = link.split("#");
    const file = target === "" ? path : join(dirname(path), decodeURI(target));
    if (!isIn(tree, file)) problems.push(`links to ${link}, which does not exist`);
    else if (
      anchor !== undefined &&
      file.endsWith(".md") &&
      !anchorsOf(file === path ? text : read(file)).has(anchor)
    )
      problems.push(`links to ${link}, but ${file} has no such heading`);
  }
  for (const [outside] of text.matchAll(/\.\.\/[\w./-]*/g)) {
    if (normalize(join(dirname(path), outside)).startsWith(".."))
      problems.push(`points outside the project: ${outside}`);
  }
  for (const [place] of text.matchAll(/(?<![\w.:/])\/(?:work|tmp|home|root)\/[\w./-]+/g)) {
    problems.push(`names a place on somebody's machine: ${place}`);
  }
  return problems;
};

/** Variables that the supervisor sets for its children; nobody sets them by hand. */
const internalVariables = new Set(["NODE_NAME"]);

/** Differences between the README's table of settings and the variables that the server reads. */
export const checkSettings = (readme: string, envSource: string): string[] => {
  const read = new Set(
    [...envSource.matchAll(/^ {2}([A-Z][A-Z0-9_]+): \[/gm)].map((match) => match[1] ?? ""),
  );
  const section = readme.split(/^## /m).find((part) => part.startsWith("Settings")) ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  const named = new Set(
    [...rows.join("\n").matchAll(/`([A-Z][A-Z0-9]*_[A-Z0-9_]+|HOST|ROLE|PARTS|SIMULATE)`/g)].map(
      (match) => match[1] ?? "",
    ),
  );
  if (read.size === 0) return ["no settings found to compare with"];
  const missing = [...read].filter((name) => !named.has(name) && !internalVariables.has(name));
  const invented = [...named].filter((name) => !read.has(name));
  return [
    ...missing.map((name) => `does not name the setting ${name}`),
    ...invented.map((name) => `names the setting ${name}, which nothing reads`),
  ];
};

/** The tree as git knows it: committed files and new ones, ignored ones left out. */
const readTree = (): Tree => {
  const list = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: root });
  const files = new Set(
    list
      .toString()
      .split("\n")
      .filter((file) => file !== "" && existsSync(join(root, file))),
  );
  const folders = new Set<string>();
  for (const file of files) {
    for (let folder = dirname(file); folder !== "."; folder = dirname(folder)) folders.add(folder);
  }
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  return { files, folders, scripts: new Set(Object.keys(manifest.scripts)) };
};

if (import.meta.main) {
  const tree = readTree();
  const read = (path: string) => readFileSync(join(root, path), "utf8");
  const problems = documents.flatMap((path) =>
    existsSync(join(root, path))
      ? checkDocument(path, read(path), tree, read).map((problem) => `${path}: ${problem}`)
      : [`${path}: missing`],
  );
  const settings = checkSettings(read("README.md"), read("server/src/platform/env.ts"));
  problems.push(...settings.map((problem) => `README.md: ${problem}`));
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  process.stdout.write(`${documents.length} documents, ${problems.length} problems\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
