import type { Incident } from "@orderwatch/shared/ops/incidents.ts";
import { Link } from "@tanstack/react-router";
import table from "../../../ui/table.module.css";
import { useFormats, useWords } from "../../words.ts";
import classes from "./incidents.module.css";
import { DrillMark, LevelMark, NextDeadline, StateMark } from "./marks.tsx";
import { useTexts } from "./use-texts.ts";

/** Incidents as rows; each opens its own screen. Open ones show what is left to do by when, past ones how long they took. */
export function IncidentTable({
  incidents,
  kind,
}: {
  incidents: readonly Incident[];
  kind: "open" | "past";
}) {
  const t = useWords();
  const formats = useFormats();
  const texts = useTexts();
  const now = new Date();
  return (
    <table className={`${table.table} ${classes.table}`}>
      <caption className="ow-unseen">{t(`incidents.${kind}`)}</caption>
      <thead>
        <tr>
          <th scope="col">{t("incidents.level")}</th>
          <th scope="col">{t("incidents.name")}</th>
          <th scope="col" className={table.wide}>
            {t("incidents.state")}
          </th>
          <th scope="col">{t(kind === "open" ? "incidents.deadline" : "incidents.lasted")}</th>
          <th scope="col" className={table.wide}>
            {t("incidents.commander")}
          </th>
          <th scope="col" className={`${table.number} ${table.wide}`}>
            {t("incidents.affected")}
          </th>
          <th scope="col" className={`${table.number} ${table.wide}`}>
            {t("incidents.value")}
          </th>
          <th scope="col" className={table.wide}>
            {t("incidents.opened")}
          </th>
        </tr>
      </thead>
      <tbody>
        {incidents.map((incident) => (
          <tr key={incident.id} data-incident={incident.id}>
            <td>
              <LevelMark level={incident.level} />
            </td>
            <td className={classes.what}>
              <Link to="/incidents/$id" params={{ id: incident.id }} data-row className={table.open}>
                <span className={classes.number}>#{incident.number}</span> {texts(incident.title)}
              </Link>
              {incident.drill ? <DrillMark /> : null}
              <span className={classes.under}>
                {t(`incident.state.${incident.state}`)} · {formats.recent(incident.openedAt, now)}
              </span>
            </td>
            <td className={table.wide}>
              <StateMark state={incident.state} />
            </td>
            <td>
              {kind === "open" ? (
                <NextDeadline incident={incident} />
              ) : incident.resolvedAt === null ? (
                "–"
              ) : (
                formats.duration(Date.parse(incident.resolvedAt) - Date.parse(incident.openedAt))
              )}
            </td>
            <td className={table.wide}>
              {incident.commander?.name ??
                (kind === "past" ? "–" : <span className={table.muted}>{t("incidents.nobody")}</span>)}
            </td>
            <td className={`${table.number} ${table.wide}`}>{formats.count(incident.affected.total)}</td>
            <td className={`${table.number} ${table.wide}`}>
              {formats.money(incident.affected.valueAtRiskFen)}
            </td>
            <td className={table.wide}>
              <time dateTime={incident.openedAt}>{formats.recent(incident.openedAt, now)}</time>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
