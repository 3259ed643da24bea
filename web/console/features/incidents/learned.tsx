import type { ResponseFigure } from "@orderwatch/shared/ops/postmortems.ts";
import { useQuery } from "@tanstack/react-query";
import { refusalOf } from "../../../lib/api.ts";
import { Empty, Notice } from "../../../ui/notice.tsx";
import { Panel } from "../../../ui/panel.tsx";
import table from "../../../ui/table.module.css";
import { useCodeWords, useFormats, useWords } from "../../words.ts";
import classes from "./postmortem.module.css";
import { figuresQuery } from "./queries.ts";

const names = ["mttd", "mtta", "mttm", "mttr"] as const;

/** How fast incidents are detected, acknowledged, mitigated and resolved, by level. */
export function Learned() {
  const t = useWords();
  const formats = useFormats();
  const { problem } = useCodeWords();
  const { data, error } = useQuery(figuresQuery);
  const say = ({ meanMs }: ResponseFigure) => (meanMs === null ? "–" : formats.duration(meanMs));
  return (
    <Panel title={t("learned.title")} note={t("learned.note")} flush>
      {error !== null && data === undefined ? (
        <Notice level="bad" title={problem(refusalOf(error).code)} />
      ) : data === undefined ? (
        <Empty title={t("app.loading")} />
      ) : (
        <div className={table.scroll}>
          <table className={table.table}>
            <thead>
              <tr>
                <th scope="col">{t("learned.level")}</th>
                <th scope="col">{t("learned.incidents")}</th>
                {names.map((name) => (
                  <th scope="col" key={name}>
                    {t(`learned.${name}`)}
                  </th>
                ))}
                <th scope="col">{t("learned.deadlines")}</th>
              </tr>
            </thead>
            <tbody>
              {data.levels.map((each) => (
                <tr key={each.level}>
                  <td>{t(`incident.level.${each.level}`)}</td>
                  <td>{formats.count(each.incidents)}</td>
                  {names.map((name) => (
                    <td key={name}>{say(each[name])}</td>
                  ))}
                  <td>
                    {t("learned.kept", {
                      met: each.deadlines.met,
                      all: each.deadlines.met + each.deadlines.missed,
                    })}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          <p className={classes.foot}>{t("learned.foot", { count: data.excluded })}</p>
        </div>
      )}
    </Panel>
  );
}
