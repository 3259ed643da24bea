import type { NewPolicy, Target } from "@orderwatch/shared/ops/oncall.ts";

// An escalation always has somebody who was asked and a time when the next one is, until somebody has it or nobody is left.

/** A policy as it was when the incident began. */
export type PolicySnapshot = Pick<NewPolicy, "name" | "steps" | "repeats" | "autoUnackSeconds">;

export interface Position {
  step: number;
  round: number;
}

/** Why an escalation went to where it is. */
export type Cause =
  | "started"
  | "not_acknowledged"
  | "unreachable"
  | "acknowledgement_lapsed"
  | "level_changed";

/** Whom to page now, and when the next are due. */
export type Turn =
  | {
      kind: "page";
      position: Position;
      people: string[];
      nextAt: Date;
      /** Steps that were passed over, since nobody was on duty there. */
      empty: Position[];
    }
  /** All steps are gone through, or none of them has anybody. */
  | { kind: "exhausted"; empty: Position[] };

/** The place after another; null after the last one of the last round. */
export function following(policy: PolicySnapshot, { step, round }: Position): Position | null {
  if (step + 1 < policy.steps.length) return { step: step + 1, round };
  return round < policy.repeats ? { step: 0, round: round + 1 } : null;
}

/** Finds the first place from `from` on that has somebody. `whoIs` gives a target's person now, or null. */
export function takeTurn(
  policy: PolicySnapshot,
  from: Position | null,
  whoIs: (target: Target) => string | null,
  now: Date,
): Turn {
  const empty: Position[] = [];
  for (let at = from; at !== null; at = following(policy, at)) {
    const step = policy.steps[at.step];
    if (!step) break;
    const people = [...new Set(step.targets.map(whoIs))].filter((person) => person !== null);
    if (people.length > 0)
      return {
        ...{ kind: "page", position: at, people, empty },
        nextAt: new Date(now.getTime() + step.ackTimeoutSeconds * 1_000),
      };
    empty.push(at);
    // Another round finds the same nobody at this moment.
    if (empty.length >= policy.steps.length) break;
  }
  return { kind: "exhausted", empty };
}

/** When an acknowledgement lapses; null: never. */
export function lapsesAt(policy: PolicySnapshot, acknowledgedAt: Date): Date | null {
  return policy.autoUnackSeconds === null
    ? null
    : new Date(acknowledgedAt.getTime() + policy.autoUnackSeconds * 1_000);
}
