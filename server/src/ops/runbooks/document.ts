import { Runbook, StepInput } from "@orderwatch/shared/ops/runbooks.ts";
import { ThirdPartyKind, thirdPartyKinds } from "@orderwatch/shared/ops/third-parties.ts";
import { Marked, type Token, type Tokens } from "marked";
import { parseDocument } from "yaml";

/** A runbook's file cannot be used; the message names each problem, one a line. */
export class RunbookError extends Error {
  override name = "RunbookError";
}

const languages = ["zh-CN", "en"] as const;
type Language = (typeof languages)[number];
type ByLanguage = Partial<Record<Language, { title: string; text: string }>>;

const markdown = new Marked();

/**
 * Reads one runbook: YAML front matter, then for each step a `## id` with what it does as a block of YAML and a
 * `### zh-CN title` and `### en title` with its text as Markdown. Throws RunbookError.
 */
export function parseRunbook(slug: string, source: string): Runbook {
  const problems: string[] = [];
  const found = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(source.replaceAll("\r\n", "\n"));
  if (!found) throw new RunbookError("it does not begin with front matter between two lines of ---");
  const [, head = "", body = ""] = found;
  const front = readYaml(head, "front matter", problems);
  const steps = splitAt(markdown.lexer(body), 2, problems, "before the first step").map((section) =>
    readStep(section, problems),
  );
  const ids = steps.map(({ id }) => id);
  for (const id of new Set(ids.filter((each, at) => ids.indexOf(each) !== at)))
    problems.push(`step ${id}: there is another step of this name`);
  if (problems.length > 0) throw new RunbookError(problems.join("\n"));
  const parsed = Runbook.safeParse({ ...front, slug, steps });
  if (parsed.success) return parsed.data;
  throw new RunbookError(
    parsed.error.issues
      .map(({ path, message }) => {
        const [first, index, ...rest] = path;
        const where =
          first === "steps" && typeof index === "number"
            ? `step ${ids[index] ?? index}${rest.length > 0 ? `, ${rest.join(".")}` : ""}`
            : path.join(".");
        return `${where || "front matter"}: ${message}`;
      })
      .join("\n"),
  );
}

interface Section {
  heading: string;
  tokens: Token[];
}

/** The parts under the headings of one depth. */
function splitAt(tokens: Token[], depth: number, problems: string[], before: string): Section[] {
  const sections: Section[] = [];
  for (const token of tokens) {
    if (token.type === "heading" && (token as Tokens.Heading).depth === depth) {
      sections.push({ heading: (token as Tokens.Heading).text.trim(), tokens: [] });
      continue;
    }
    const last = sections.at(-1);
    if (last) last.tokens.push(token);
    else if (token.type !== "space") problems.push(`${before}: "${token.raw.trim().slice(0, 40)}"`);
  }
  return sections;
}

function readStep({ heading: id, tokens }: Section, problems: string[]) {
  const at = `step ${id}`;
  // Blank lines between what follows belong to the texts: without them a list runs into its paragraph.
  const content = tokens.slice(tokens.findIndex((token) => token.type !== "space"));
  const [block] = content;
  const isYaml = block?.type === "code" && (block as Tokens.Code).lang === "yaml";
  if (!isYaml) problems.push(`${at}: its first part must be a block of YAML that says what it does`);
  const fields = isYaml ? readYaml((block as Tokens.Code).text, at, problems) : {};
  problems.push(...problemsOfArguments(fields).map((problem) => `${at}, with: ${problem}`));
  const texts: ByLanguage = {};
  const sections = splitAt(isYaml ? content.slice(1) : content, 3, problems, `${at}, before its texts`);
  for (const { heading, tokens: inside } of sections) {
    const [name = "", ...rest] = heading.split(" ");
    const language = languages.find((each) => each === name);
    const title = rest.join(" ").trim();
    if (!language) problems.push(`${at}: "${heading}" must begin with one of ${languages.join(", ")}`);
    else if (texts[language]) problems.push(`${at}: ${language} comes twice`);
    else
      texts[language] = {
        title,
        text: inside
          .map((token) => token.raw)
          .join("")
          .trim(),
      };
  }
  for (const language of languages) {
    const text = texts[language];
    if (!text) problems.push(`${at}: the ${language} translation is missing`);
    else if (text.title === "" || text.text === "")
      problems.push(`${at}: the ${language} translation needs a title and a text`);
  }
  const words = (field: "title" | "text") =>
    Object.fromEntries(languages.map((language) => [language, texts[language]?.[field] ?? ""]));
  return { ...fields, id, title: words("title"), text: words("text") };
}

/** What a deed is filled in with must be what it takes, and the kind of company where it is a call. */
function problemsOfArguments({ action, with: given = {} }: Record<string, unknown>): string[] {
  if (typeof given !== "object" || given === null) return [];
  const { kind, ...input } = given as Record<string, unknown>;
  const parsed = StepInput.safeParse(input);
  const found = parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => [...path, message].join(" "));
  const isCall = action === "call_third_party";
  if (isCall && !ThirdPartyKind.safeParse(kind).success)
    found.push(`kind must be one of ${thirdPartyKinds.join(", ")}`);
  if (!isCall && kind !== undefined) found.push("kind is for calls alone");
  return found;
}

function readYaml(source: string, at: string, problems: string[]): Record<string, unknown> {
  const document = parseDocument(source);
  for (const error of [...document.errors, ...document.warnings])
    problems.push(`${at}: ${error.message.split("\n", 1)[0]}`);
  if (document.errors.length > 0) return {};
  const value: unknown = document.toJS();
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  problems.push(`${at}: fields are expected`);
  return {};
}
