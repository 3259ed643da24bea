import { Empty } from "../../../ui/notice.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { Status } from "../../../ui/status.tsx";
import table from "../../../ui/table.module.css";
import { useFormats, useSaid, useWords } from "../../words.ts";
import shared from "./drills.module.css";
import type { Run } from "./queries.ts";
import classes from "./run.module.css";
import { scoreLevel } from "./transform.ts";

type Card = NonNullable<Run["scorecard"]>;

/** The score, line by line, each with its reason and beside the last run's. */
export function ScorecardPanel({ card, before }: { card: Card; before: Card | null }) {
  const t = useWords();
  const said = useSaid();
  const formats = useFormats();
  const shown = (points: number) => formats.rate(points);
  return (
    <Panel title={t("drills.score.title")} note={useChange(card, before)} flush>
      <div className={classes.scoreHead}>
        <span className={classes.score} data-level={scoreLevel(card.score)}>
          {t("drills.score.total", { score: formats.count(Math.round(card.score)) })}
        </span>
      </div>
      <div className={table.scroll}>
        <table className={`${table.table} ${classes.lines}`}>
          <thead>
            <tr>
              <th>{t("drills.score.line")}</th>
              <th>{t("drills.score.points")}</th>
              {before ? <th>{t("drills.score.lastPoints")}</th> : null}
              <th>{t("drills.score.why")}</th>
            </tr>
          </thead>
          <tbody>
            {card.lines.map(({ line, points, ofPoints, reason }) => {
              const last = before?.lines.find((each) => each.line === line);
              return (
                <tr key={line}>
                  <th scope="row">{t(`drills.line.${line}`)}</th>
                  <td>
                    {ofPoints === 0 ? (
                      <span className={shared.muted}>{t("drills.score.notApplicable")}</span>
                    ) : (
                      <Status level={scoreLevel((100 * points) / ofPoints)}>
                        {t("drills.score.of", { points: shown(points), of: shown(ofPoints) })}
                      </Status>
                    )}
                  </td>
                  {before ? (
                    <td className={shared.muted}>
                      {last === undefined || last.ofPoints === 0
                        ? "–"
                        : t("drills.score.of", { points: shown(last.points), of: shown(last.ofPoints) })}
                    </td>
                  ) : null}
                  <td className={classes.why}>{said(reason)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <div className={classes.proposals}>
        <h3 className={shared.part}>{t("drills.score.proposals")}</h3>
        {card.proposals.length === 0 ? (
          <Empty title={t("drills.score.noProposals")} />
        ) : (
          <ul>
            {card.proposals.map(({ text }) => (
              <li key={text.en}>{said(text)}</li>
            ))}
          </ul>
        )}
      </div>
    </Panel>
  );
}

function useChange(card: Card, before: Card | null): string {
  const t = useWords();
  const formats = useFormats();
  if (before === null) return t("drills.score.first");
  const change = Math.round(card.score) - Math.round(before.score);
  if (change === 0) return t("drills.score.same");
  const points = formats.count(Math.abs(change));
  return change > 0 ? t("drills.score.better", { points }) : t("drills.score.worse", { points });
}
