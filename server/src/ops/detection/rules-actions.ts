import {
  type Rule,
  type RuleEdit,
  RuleSettings,
  type RuleVersion,
  type RuleView,
} from "@orderwatch/shared/ops/detection.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { z } from "zod";
import type { Sql } from "../../platform/db.ts";
import { type AuditContext, audited, type By } from "../audit/actions.ts";
import { countFiring } from "./alerts-store.ts";
import { readEarlierWeeks } from "./history-store.ts";
import * as store from "./rules-store.ts";
import { shippedRules } from "./shipped-rules.ts";

type ByStaff = By & { staff: { id: string; name: string } };

/** A version that an earlier release wrote and this one cannot read leaves its rule as shipped. */
function inForce(rule: Rule, edit: store.VersionRow | undefined): Rule {
  if (!edit) return rule;
  const settings = RuleSettings.safeParse(edit.settings);
  return settings.success
    ? { ...rule, ...settings.data, version: edit.version }
    : { ...rule, version: edit.version };
}

/** Every rule as it is in force. */
export async function readRules(sql: Sql): Promise<Rule[]> {
  const edits = new Map((await store.listNewestVersions(sql)).map((edit) => [edit.slug, edit]));
  return shippedRules.map((rule) => inForce(rule, edits.get(rule.slug)));
}

/** Throws `rule.not_found`. */
export function shippedRule(slug: string): Rule {
  const rule = shippedRules.find((each) => each.slug === slug);
  if (!rule) throw new DomainError("rule.not_found", `No rule ${slug}`);
  return rule;
}

export const settingsOf = ({ slug: _, title: __, version: ___, ...settings }: Rule): RuleSettings => settings;

export async function listRules(context: Pick<AuditContext, "db" | "clock">): Promise<RuleView[]> {
  const { sql } = context.db;
  const [versions, firing] = await Promise.all([store.listNewestVersions(sql), countFiring(sql)]);
  const edits = new Map(versions.map((edit) => [edit.slug, edit]));
  return await Promise.all(
    shippedRules.map(async (shipped) => {
      const edit = edits.get(shipped.slug);
      const rule = inForce(shipped, edit);
      return {
        ...rule,
        shipped: settingsOf(shipped),
        firing: firing.get(rule.slug) ?? 0,
        learningWeeks: await weeksToLearn(context, rule),
        editedAt: edit?.at.toISOString() ?? null,
        editedBy: edit?.by ?? null,
      };
    }),
  );
}

async function weeksToLearn({ db, clock }: Pick<AuditContext, "db" | "clock">, rule: Rule): Promise<number> {
  let missing = 0;
  for (const condition of rule.conditions) {
    if (condition.kind !== "drop") continue;
    const { of: types, windowS, minWeeks } = condition;
    const known = await readEarlierWeeks(db.sql, { types, until: clock.now(), windowS, weeks: 4 });
    missing = Math.max(missing, minWeeks - known.length);
  }
  return missing;
}

/** Throws `rule.not_found`, and `rule.conflict` when it is not at `baseVersion` any more. */
export async function editRule(
  context: AuditContext,
  by: ByStaff,
  slug: string,
  { settings, baseVersion, reason }: z.output<typeof RuleEdit>,
): Promise<RuleView> {
  shippedRule(slug);
  const version = baseVersion + 1;
  await audited(context, by, async ({ sql }) => {
    const row = { slug, version, settings, at: context.clock.now(), by: by.staff.name, reason };
    if (!(await store.addVersion(sql, row)))
      throw new DomainError("rule.conflict", `${slug} is not at version ${baseVersion} any more`);
    const { enabled, level } = settings;
    return {
      result: undefined,
      note: {
        ...{ action: "rule.edited", target: { kind: "rule", id: slug }, reason },
        facts: { version, enabled, level, settings: JSON.stringify(settings) },
      },
    };
  });
  const view = (await listRules(context)).find((rule) => rule.slug === slug);
  if (!view) throw new DomainError("rule.not_found", `No rule ${slug}`);
  return view;
}

/** Who changed a rule, newest first. Throws `rule.not_found`. */
export async function listRuleVersions(
  { db }: Pick<AuditContext, "db">,
  slug: string,
): Promise<{ items: RuleVersion[]; nextCursor: null }> {
  shippedRule(slug);
  const rows = await store.listVersions(db.sql, slug);
  return {
    items: rows.map(({ slug: _, at, ...row }) => ({ ...row, at: at.toISOString() })),
    nextCursor: null,
  };
}
