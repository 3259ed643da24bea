import { Link } from "@tanstack/react-router";
import { Status } from "../../../ui/status.tsx";
import table from "../../../ui/table.module.css";
import { useFormats, useSaid, useWords } from "../../words.ts";
import classes from "./drills.module.css";
import type { RunSummary } from "./queries.ts";
import { levelOf, scoreLevel } from "./transform.ts";

/** Runs, newest first. */
export function RunTable({ runs }: { runs: readonly RunSummary[] }) {
  const t = useWords();
  const said = useSaid();
  const formats = useFormats();
  const now = new Date();
  return (
    <table className={table.table}>
      <thead>
        <tr>
          <th>{t("drills.run")}</th>
          <th>{t("drills.drill")}</th>
          <th>{t("drills.mode")}</th>
          <th>{t("drills.state")}</th>
          <th>{t("drills.began")}</th>
          <th>{t("drills.score")}</th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <tr key={run.id}>
            <td>{run.number}</td>
            <th scope="row">
              <Link to="/drills/runs/$id" params={{ id: run.id }} className={table.open} data-row>
                {said(run.title)}
              </Link>
            </th>
            <td>{t(`drills.mode.${run.mode}`)}</td>
            <td>
              <Status level={levelOf(run)}>
                {run.ending === null ? t(`drills.state.${run.state}`) : t(`drills.ending.${run.ending.kind}`)}
              </Status>
            </td>
            <td>{formats.recent(run.startedAt ?? run.plannedFor, now)}</td>
            <td>
              {run.score === null ? (
                <span className={classes.muted}>–</span>
              ) : (
                <Status level={scoreLevel(run.score)}>{formats.count(Math.round(run.score))}</Status>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
