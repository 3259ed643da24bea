import type { Answer, AnswerInput } from "@orderwatch/shared/ops/answers.ts";
import type { TicketCause } from "@orderwatch/shared/ops/tickets.ts";
import type { Language, Words } from "@orderwatch/shared/words.ts";

/** A ready answer says only what is known: a variable without its value is named, never guessed. */

/** What texts may be filled with from the order and the ticket; what is asked for is `input.<name>`. */
export const factNames = [
  "ticket.number",
  "order.id",
  "order.product",
  "order.quantity",
  "order.amount",
  "order.refunded",
  "order.paymentMethod",
  "order.otherPaymentMethod",
  "order.placedAt",
  "order.expiresAt",
  "order.deliveredAt",
] as const;
export type FactName = (typeof factNames)[number];

/** What is known of one ticket; absent where there is no order or it did not come so far. */
export type AnswerFacts = Partial<Record<FactName, Words>>;

const variable = /\{\{\s*([^{}]*?)\s*\}\}/g;

export const variablesOf = (text: string): string[] => [
  ...new Set([...text.matchAll(variable)].map((match) => match[1] ?? "")),
];

/** What is wrong with an answer's texts, one line each. */
export function problemsOfTexts({ text, inputs, does }: Answer): string[] {
  const problems: string[] = [];
  const known = new Set<string>([...factNames, ...inputs.map(({ name }) => `input.${name}`)]);
  const names = inputs.map(({ name }) => name);
  for (const name of new Set(names.filter((each, at) => names.indexOf(each) !== at)))
    problems.push(`inputs: ${name} comes twice`);
  for (const { name, kind, options } of inputs)
    if ((kind === "choice") !== (options !== undefined))
      problems.push(`inputs: ${name} has options if and only if it is a choice`);
  const used = (["zh-CN", "en"] as const).map((language) => {
    const found = variablesOf(text[language]);
    for (const name of found)
      if (!known.has(name)) problems.push(`${language}: {{${name}}} is neither a fact nor an input`);
    if (text[language].replaceAll(variable, "").match(/\{\{|\}\}/))
      problems.push(`${language}: braces that belong to no variable`);
    return new Set(found);
  });
  const [chinese = new Set<string>(), english = new Set<string>()] = used;
  for (const name of new Set([...chinese, ...english]))
    if (known.has(name) && chinese.has(name) !== english.has(name))
      problems.push(`{{${name}}} stands in one language only`);
  for (const name of names)
    if (!chinese.has(`input.${name}`) && !(does === "refund" && name === "amount"))
      problems.push(`inputs: ${name} is asked for and not used`);
  return problems;
}

export interface FilledAnswer {
  text: string;
  /** Variables without a value; their places show as `____`. */
  missing: string[];
}

/** Fills one language's text. `timeZone` is an IANA name: times are written as clocks there show them. */
export function fillAnswer(
  answer: Pick<Answer, "text" | "inputs">,
  given: { facts: AnswerFacts; inputs: Record<string, string>; language: Language; timeZone: string },
): FilledAnswer {
  const missing = new Set<string>();
  const text = answer.text[given.language].replaceAll(variable, (_, name: string) => {
    const value = name.startsWith("input.")
      ? inputText(
          answer.inputs.find((input) => `input.${input.name}` === name),
          given,
        )
      : given.facts[name as FactName]?.[given.language];
    if (value !== undefined && value !== "") return value;
    missing.add(name);
    return "____";
  });
  return { text, missing: [...missing] };
}

/** What the buyer reads of an input; undefined where it is not there or not of its kind. */
function inputText(
  input: AnswerInput | undefined,
  given: { inputs: Record<string, string>; language: Language; timeZone: string },
): string | undefined {
  const value = input && given.inputs[input.name]?.trim();
  if (input === undefined || value === undefined) return undefined;
  switch (input.kind) {
    case "text":
      return value;
    case "number":
      return /^\d{1,6}$/.test(value) ? value : undefined;
    case "yuan":
      return /^\d{1,7}(?:\.\d{1,2})?$/.test(value) ? `¥${Number(value).toFixed(2)}` : undefined;
    case "time": {
      const at = new Date(value);
      return Number.isNaN(at.getTime()) ? undefined : writtenTime(at, given.timeZone)[given.language];
    }
    case "choice":
      return input.options?.find((option) => option.value === value)?.label[given.language];
  }
}

/** A moment as people write it, with the place's own clock. */
export function writtenTime(at: Date, timeZone: string): Words {
  const parts = { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" } as const;
  const write = (language: Language) =>
    new Intl.DateTimeFormat(language, {
      ...parts,
      ...(language === "en" ? { month: "short", timeZoneName: "short" } : { month: "long" }),
      ...{ timeZone, hourCycle: "h23" },
    }).format(at);
  return { "zh-CN": write("zh-CN"), en: write("en") };
}

/** Whether an answer was made for such a ticket: by its failure code, or by its cause where it names no codes. */
export function fitsTicket(
  answer: Pick<Answer, "causes" | "codes">,
  ticket: { cause: TicketCause; code: string | null },
): boolean {
  const byCode = ticket.code !== null && (answer.codes as string[]).includes(ticket.code);
  return byCode || (answer.codes.length === 0 && answer.causes.includes(ticket.cause));
}
