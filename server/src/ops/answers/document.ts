import { Answer } from "@orderwatch/shared/ops/answers.ts";
import { languages } from "@orderwatch/shared/words.ts";
import { parseDocument } from "yaml";
import { problemsOfTexts } from "./domain.ts";

/** An answer's file cannot be used; the message names each problem, one a line. */
export class AnswerError extends Error {
  override name = "AnswerError";
}

/**
 * Reads one ready answer: YAML front matter, then `## zh-CN` and `## en`, each with the text that the buyer gets, to the
 * letter. Throws AnswerError.
 */
export function parseAnswer(slug: string, source: string): Answer {
  const found = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(source.replaceAll("\r\n", "\n"));
  if (!found) throw new AnswerError("it does not begin with front matter between two lines of ---");
  const [, head = "", body = ""] = found;
  const yaml = parseDocument(head);
  const problems = [...yaml.errors, ...yaml.warnings].map(({ message }) => `front matter: ${message}`);
  if (problems.length > 0) throw new AnswerError(problems.join("\n"));
  const [before = "", ...sections] = body.split(/^## /m);
  if (before.trim() !== "") problems.push(`before the texts: "${before.trim().slice(0, 40)}"`);
  const texts = new Map<string, string>();
  for (const section of sections) {
    const [heading = "", ...lines] = section.split("\n");
    if (texts.has(heading.trim())) problems.push(`${heading.trim()} comes twice`);
    texts.set(heading.trim(), lines.join("\n").trim());
  }
  for (const language of languages)
    if (!texts.get(language)) problems.push(`the ${language} text is missing`);
  for (const heading of texts.keys())
    if (!(languages as readonly string[]).includes(heading))
      problems.push(`"${heading}" is not one of ${languages.join(", ")}`);
  if (problems.length > 0) throw new AnswerError(problems.join("\n"));
  const front: unknown = yaml.toJS();
  const fields = typeof front === "object" && front !== null ? front : {};
  const parsed = Answer.safeParse({ ...fields, slug, text: Object.fromEntries(texts) });
  if (!parsed.success)
    throw new AnswerError(
      parsed.error.issues
        .map(({ path, message }) => `${path.join(".") || "front matter"}: ${message}`)
        .join("\n"),
    );
  const wrong = problemsOfTexts(parsed.data);
  if (wrong.length > 0) throw new AnswerError(wrong.join("\n"));
  return parsed.data;
}
