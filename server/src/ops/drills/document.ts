import { Drill } from "@orderwatch/shared/ops/drills.ts";
import { CronExpressionParser } from "cron-parser";
import { parseDocument } from "yaml";
import { beginnings } from "./schedule.ts";

/** A drill's file cannot be used; the message names each problem, one a line. */
export class DrillError extends Error {
  override name = "DrillError";
}

/** What a drill may name: rules with what is known of each, and runbooks. */
export interface KnownNames {
  rules: ReadonlyMap<
    string,
    {
      level: number;
      runbook: string | null;
      /** Names of the labels that its alerts carry. */
      groupBy?: readonly string[];
      /** So long it has to hold before it fires. */
      forS?: number;
    }
  >;
  runbooks: ReadonlySet<string>;
}

/** Reads one drill from YAML. Throws DrillError for what is no drill, names what is not there, or can never be met. */
export function parseDrill(slug: string, source: string, known: KnownNames): Drill {
  const document = parseDocument(source);
  const flaws = [...document.errors, ...document.warnings].map(({ message }) => message.split("\n", 1)[0]);
  if (flaws.length > 0) throw new DrillError(flaws.join("\n"));
  const parsed = Drill.safeParse({ ...(document.toJS() as object), slug });
  if (!parsed.success)
    throw new DrillError(
      parsed.error.issues.map(({ path, message }) => `${path.join(".") || "drill"}: ${message}`).join("\n"),
    );
  const problems = problemsOf(parsed.data, known);
  if (problems.length > 0) throw new DrillError(problems.join("\n"));
  return parsed.data;
}

/** What stands in a well-formed drill and cannot be. */
export function problemsOf(drill: Drill, known: KnownNames): string[] {
  return [...brokenLinks(drill, known), ...impossible(drill), ...scheduleProblems(drill)];
}

function brokenLinks(drill: Drill, { rules, runbooks }: KnownNames): string[] {
  const { targets, expect } = drill;
  const problems = targets.rules
    .filter((rule) => !rules.has(rule))
    .map((rule) => `targets.rules: there is no rule ${rule}`);
  const rule = rules.get(expect.rule);
  if (!rule) problems.push(`expect.rule: there is no rule ${expect.rule}`);
  else {
    if (rule.level !== expect.level)
      problems.push(`expect.level: ${expect.rule} is of level ${rule.level}, not ${expect.level}`);
    if (rule.runbook !== expect.runbook)
      problems.push(
        `expect.runbook: ${expect.rule} leads to ${rule.runbook ?? "none"}, not ${expect.runbook}`,
      );
    if (expect.detectedWithinS < (rule.forS ?? 0))
      problems.push(`expect.detectedWithinS: ${expect.rule} fires only after ${rule.forS} s`);
  }
  if (!targets.rules.includes(expect.rule))
    problems.push(`expect.rule: ${expect.rule} is not among targets.rules, so its alert would end the run`);
  if (!runbooks.has(expect.runbook)) problems.push(`expect.runbook: there is no runbook ${expect.runbook}`);
  return [...problems, ...labelProblems(drill, rules)];
}

/** An alert is the drill's only if each of its labels is listed, so that one that is not listed ends the run. */
function labelProblems({ targets }: Drill, rules: KnownNames["rules"]): string[] {
  const carried = targets.rules.map((slug) => ({ slug, names: rules.get(slug)?.groupBy ?? [] }));
  const missing = carried.flatMap(({ slug, names }) =>
    names
      .filter((name) => !(name in targets.labels))
      .map(
        (name) =>
          `targets.labels: ${slug} says its ${name}, which is not listed, so its alert would end the run`,
      ),
  );
  const isKnown = targets.rules.every((slug) => rules.get(slug)?.groupBy !== undefined);
  const unused = Object.keys(targets.labels)
    .filter((name) => isKnown && !carried.some(({ names }) => names.includes(name)))
    .map((name) => `targets.labels: none of its rules says a ${name}`);
  return [...missing, ...unused];
}

function impossible({ expect, durationS, afterS, faults, radius }: Drill): string[] {
  const problems: string[] = [];
  const wholeS = durationS + afterS;
  if (expect.detectedWithinS > durationS && !faults.some(({ kind }) => kind === "kill" || kind === "freeze"))
    problems.push(
      `expect.detectedWithinS: the fault lasts ${durationS} s, so nobody could be later than that`,
    );
  for (const what of ["acknowledgedWithinS", "mitigatedWithinS"] as const)
    if (expect[what] > wholeS)
      problems.push(`expect.${what}: the run is scored after ${wholeS} s at the latest`);
  if (expect.acknowledgedWithinS < expect.detectedWithinS)
    problems.push("expect.acknowledgedWithinS: nobody acknowledges before it is detected");
  if (expect.mitigatedWithinS < expect.acknowledgedWithinS)
    problems.push("expect.mitigatedWithinS: nobody mitigates before acknowledging");
  if (radius.traffic === "synthetic" && radius.buyers > 0)
    problems.push("radius.buyers: synthetic traffic has no buyers; say traffic: live or buyers: 0");
  return problems;
}

function scheduleProblems({ schedule }: Drill): string[] {
  if (!schedule) return [];
  const problems: string[] = [];
  if (!isTimeZone(schedule.timeZone)) problems.push(`schedule.timeZone: no time zone ${schedule.timeZone}`);
  if (schedule.window.from >= schedule.window.until)
    problems.push("schedule.window: until must be later than from, on the same day");
  try {
    CronExpressionParser.parse(schedule.cron, { strict: false });
  } catch (error) {
    problems.push(`schedule.cron: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (problems.length > 0) return problems;
  // A year from a fixed moment, so that a file is good or bad whatever day it is read on.
  const year = [new Date("2026-01-01T00:00:00Z"), new Date("2027-01-01T00:00:00Z")] as const;
  const all = beginnings(schedule, ...year, 500);
  if (!all.some(({ inWindow }) => inWindow)) problems.push("schedule: it never begins inside its window");
  return problems;
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
