import type { DrillRun, Scorecard } from "@orderwatch/shared/ops/drills.ts";
import type { Violation } from "../../src/shop/invariants/actions.ts";

/** What became of one drill of a campaign. */
export type Result =
  | {
      slug: string;
      run: DrillRun;
      violations: readonly Violation[];
      refused: readonly string[];
      /** What was done about it and not taken back, in words. */
      left: readonly string[];
    }
  /** It could not begin within the time, for the reason given. */
  | { slug: string; never: string };

/** What the drill of a killed node has to score, with nobody touching the machine but through the console. */
export const standby = { slug: "kill-active-node", atLeast: 90 } as const;

/** Why a campaign has failed, one reason a line; none when it passed. Pure. */
export function failuresOf(slugs: readonly string[], results: readonly Result[]): string[] {
  if (slugs.length === 0) return ["no drill was played"];
  return slugs.flatMap((slug) => {
    const result = results.find((each) => each.slug === slug);
    if (!result) return [`${slug} was not played`];
    if ("never" in result) return [`${slug} never began: ${result.never}`];
    const { run, violations, left } = result;
    const failures: string[] = [];
    if (!run.scorecard)
      failures.push(`${slug} was not scored: ${run.ending?.kind ?? run.state}: ${run.ending?.detail ?? ""}`);
    else if (slug === standby.slug && run.scorecard.score < standby.atLeast)
      failures.push(`${slug} scored ${shown(run.scorecard.score)}, wanted ${standby.atLeast}`);
    for (const { invariant, what, count } of violations)
      failures.push(`${slug} broke ${invariant} ${count} times: ${what}`);
    for (const what of left) failures.push(`${slug} left behind: ${what}`);
    return failures;
  });
}

const shown = (value: number) => String(Math.round(value * 10) / 10);

/** A drill's result as a line with the score and the times, and below it whatever was less than perfect. */
export function describe(result: Result): string {
  if ("never" in result) return `${result.slug.padEnd(24)} never began: ${result.never}`;
  const { slug, run, violations, refused, left } = result;
  const card = run.scorecard;
  const headline = [
    slug.padEnd(24),
    card ? `score ${shown(card.score)}` : `not scored, ${run.ending?.kind}: ${run.ending?.detail}`,
    ...times.map(([name, line, fact]) => `${name} ${factOf(card, line, fact)}`),
    `${violations.length} violations`,
    `${refused.length} refusals`,
  ].join("  ");
  const below = [
    ...(card?.lines ?? [])
      .filter(({ points, ofPoints }) => points < ofPoints)
      .map(
        ({ line, points, ofPoints, reason }) =>
          `${line} ${shown(points)} of ${shown(ofPoints)}: ${reason.en}`,
      ),
    ...violations.map(({ invariant, what, count }) => `${invariant} broken ${count} times: ${what}`),
    ...refused.map((what) => `refused ${what}`),
    ...left.map((what) => `left behind: ${what}`),
  ];
  return [headline, ...below.map((line) => `    ${line}`)].join("\n");
}

const times = [
  ["detected", "detected", "tookS"],
  ["page", "page_delivered", "firstDeliveredS"],
  ["acknowledged", "acknowledged", "tookS"],
  ["first step", "first_step", "tookS"],
  ["mitigated", "mitigated", "tookS"],
] as const;

function factOf(card: Scorecard | null, line: string, name: string): string {
  const value = card?.lines.find((each) => each.line === line)?.facts[name];
  return typeof value === "number" ? `${shown(value)} s` : "–";
}

/** The last line of a campaign. */
export function summarize(results: readonly Result[]): string {
  const played = results.flatMap((result) => ("never" in result ? [] : [result]));
  const scores = played.flatMap(({ run }) => (run.scorecard ? [run.scorecard.score] : []));
  const violations = played.reduce((all, result) => all + result.violations.length, 0);
  const lowest = scores.length === 0 ? "–" : shown(Math.min(...scores));
  return `${scores.length} of ${results.length} scored, lowest ${lowest}, ${violations} violations`;
}
