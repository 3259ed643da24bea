import type { RulePreview, RuleSettings } from "@orderwatch/shared/ops/detection.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Database } from "../../platform/db.ts";
import { countFired } from "./alerts-store.ts";
import { readMinutes } from "./history.ts";
import { MinuteHistory, preview } from "./preview-domain.ts";
import { shippedRule } from "./rules-actions.ts";

const dayS = 86_400;
const spanS = 7 * dayS;
const mostEpisodes = 100;

/** When a rule with these settings would have fired in the last 7 days, as far as history tells. Throws `rule.not_found`. */
export async function previewRule(
  { db, clock }: { db: Database; clock: Clock },
  slug: string,
  settings: RuleSettings,
): Promise<RulePreview> {
  const rule = { ...shippedRule(slug), ...settings };
  const to = Math.floor(clock.now().getTime() / 60_000) * 60;
  const from = to - spanS;
  const measured = rule.conditions.filter(({ kind }) => kind !== "gauge");
  const lookBackS = Math.max(
    0,
    ...measured.map((condition) =>
      condition.kind === "burn" ? Math.max(...condition.windows.map(({ longS }) => longS)) : 3_600,
    ),
  );
  const spans = [{ from: from - lookBackS, to }];
  // Of the four weeks before, only what the baseline compares with: the same days, which is all of them.
  if (measured.some(({ kind }) => kind === "drop"))
    spans.unshift({ from: from - 28 * dayS, to: from - lookBackS });
  const minutes = [];
  for (const span of measured.length === 0 ? [] : spans)
    for (let day = span.from; day < span.to; day += dayS)
      minutes.push(...(await readMinutes(db.sql, day, Math.min(span.to, day + dayS))));
  const history = new MinuteHistory(spans[0]?.from ?? from, to, minutes);
  const episodes = measured.length === 0 ? [] : preview(rule, history, from, to);
  return {
    from: new Date(from * 1_000).toISOString(),
    to: new Date(to * 1_000).toISOString(),
    episodes: episodes.slice(0, mostEpisodes).map((episode) => ({
      ...episode,
      from: episode.from.toISOString(),
      to: episode.to?.toISOString() ?? null,
    })),
    total: episodes.length,
    fired: await countFired(db.sql, slug, new Date(from * 1_000)),
    knownMinutes: history.knownMinutes(from, to),
    unmeasured: rule.conditions.flatMap(({ kind }, index) => (kind === "gauge" ? [index] : [])),
  };
}
