import type { RulePreview, RuleSettings } from "@orderwatch/shared/ops/detection.ts";
import { LevelIcon } from "../../../ui/status.tsx";
import { useFormats, useWords } from "../../words.ts";
import classes from "./detection.module.css";
import { useConditionWords } from "./use-condition-words.ts";
import { useFactWords } from "./use-fact-words.ts";

const weekMinutes = 7 * 24 * 60;
const shown = 8;

/** When a rule with these settings would have fired, beside when it did. */
export function Preview({ preview, settings }: { preview: RulePreview; settings: RuleSettings }) {
  const t = useWords();
  const formats = useFormats();
  const conditionWords = useConditionWords();
  const factWords = useFactWords();
  const from = Date.parse(preview.from);
  const span = Date.parse(preview.to) - from;
  const now = new Date();
  const place = (time: string) => ((Date.parse(time) - from) / span) * 100;
  const newest = [...preview.episodes]
    .sort((a, b) => Date.parse(b.from) - Date.parse(a.from))
    .slice(0, shown);
  const unmeasured = preview.unmeasured.flatMap((at) => settings.conditions[at] ?? []);
  return (
    <div className={classes.preview} role="status">
      <p className={classes.verdict}>
        <LevelIcon level={preview.total === 0 ? "ok" : "warn"} size={14} />
        {preview.total === 0 ? t("preview.never") : t("preview.would", { count: preview.total })}
      </p>
      <p className={classes.facts}>
        {t("preview.did", { count: preview.fired })}{" "}
        {t("preview.known", {
          share: formats.percent(preview.knownMinutes / weekMinutes),
          duration: t("minutes", { count: formats.count(preview.knownMinutes) }),
        })}
      </p>
      {unmeasured.length === 0 ? null : (
        <p className={classes.facts}>
          {t("preview.unmeasured", { conditions: unmeasured.map(conditionWords).join(" ") })}
        </p>
      )}
      {preview.episodes.length === 0 ? null : (
        <>
          <svg
            className={classes.strip}
            viewBox="0 0 100 10"
            preserveAspectRatio="none"
            role="img"
            aria-label={t("preview.strip")}
          >
            {preview.episodes.map((episode) => (
              <rect
                key={`${episode.from} ${JSON.stringify(episode.labels)}`}
                x={place(episode.from)}
                width={Math.max(0.4, place(episode.to ?? preview.to) - place(episode.from))}
                height={10}
              />
            ))}
          </svg>
          <ul className={classes.list}>
            {newest.map((episode) => (
              <li key={`${episode.from} ${JSON.stringify(episode.labels)}`} className={classes.episode}>
                {formats.recent(episode.from, now)} –{" "}
                {episode.to === null ? t("preview.still") : formats.recent(episode.to, now)}
                <span className={classes.facts}>
                  {[
                    ...Object.entries(episode.labels).map(([name, value]) => `${name}=${value}`),
                    ...factWords(episode.facts),
                  ].map((each) => ` · ${each}`)}
                </span>
              </li>
            ))}
          </ul>
          {preview.total > newest.length ? (
            <p className={classes.facts}>
              {t("preview.newest", { count: newest.length, total: preview.total })}
            </p>
          ) : null}
        </>
      )}
    </div>
  );
}
