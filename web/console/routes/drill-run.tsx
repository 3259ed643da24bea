import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Empty } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import shared from "../features/drills/drills.module.css";
import { FaultList } from "../features/drills/fault-list.tsx";
import { FollowUps } from "../features/drills/follow-ups.tsx";
import { Readings, Stops } from "../features/drills/hypothesis.tsx";
import { Journal } from "../features/drills/journal.tsx";
import { drillRunQuery, drillRunsQuery, type Run } from "../features/drills/queries.ts";
import layout from "../features/drills/run.module.css";
import { RunHead } from "../features/drills/run-head.tsx";
import { ScorecardPanel } from "../features/drills/scorecard.tsx";
import { isUnderWay } from "../features/drills/transform.ts";
import { StateMark } from "../features/incidents/marks.tsx";
import { incidentQuery } from "../features/incidents/queries.ts";
import { Refused } from "../features/session/refused.tsx";
import { useSaid, useWords } from "../words.ts";
import list from "./list.module.css";

const route = getRouteApi("/shell/drills/runs/$id");

/** One run: as it goes, and what it was worth. */
export function DrillRunScreen() {
  const t = useWords();
  const said = useSaid();
  const { id } = route.useParams();
  const found = useQuery(drillRunQuery(id));
  const run = found.data;
  return (
    <div className={list.screen}>
      <title>{`${run ? said(run.drill.title) : t("drills.title")} · Orderwatch`}</title>
      <Link to="/drills" className={list.back}>
        ← {t("drills.back")}
      </Link>
      <Refused error={found.error} />
      {run === undefined ? (
        found.isError ? null : (
          <Empty title={t("app.loading")} />
        )
      ) : (
        <>
          <RunHead run={run} />
          <p className={list.intro}>{said(run.drill.belief)}</p>
          <div className={layout.grid}>
            <div className={layout.column}>
              <Scored run={run} />
              <FaultList run={run} />
              <Journal run={run} />
            </div>
            <div className={layout.column}>
              <Hypothesis run={run} />
              <Incidents run={run} />
              <FollowUps run={run} />
            </div>
          </div>
        </>
      )}
    </div>
  );
}

/** Beside the run before it that was scored. */
function Scored({ run }: { run: Run }) {
  const earlier = useInfiniteQuery(drillRunsQuery(run.drill.slug));
  const rows = earlier.data?.pages.flatMap((page) => page.items) ?? [];
  const last = rows.find(({ number, score }) => number < run.number && score !== null);
  const before = useQuery({ ...drillRunQuery(last?.id ?? ""), enabled: last !== undefined });
  if (run.scorecard === null) return null;
  return <ScorecardPanel card={run.scorecard} before={before.data?.scorecard ?? null} />;
}

function Hypothesis({ run }: { run: Run }) {
  const t = useWords();
  return (
    <Panel title={t("drills.run.hypothesis")}>
      <Readings
        drill={run.drill}
        columns={[
          { title: t("drills.run.before"), readings: run.before },
          ...(isUnderWay(run) ? [{ title: t("drills.run.now"), readings: run.now }] : []),
          { title: t("drills.run.after"), readings: run.after },
        ]}
      />
      <div className={layout.stops}>
        <h3 className={shared.part}>{t("drills.run.stops")}</h3>
        <Stops drill={run.drill} />
      </div>
    </Panel>
  );
}

function Incidents({ run }: { run: Run }) {
  const t = useWords();
  return (
    <Panel title={t("drills.run.incidents")}>
      {run.incidentIds.length === 0 ? (
        <p className={shared.muted}>{t("drills.run.noIncidents")}</p>
      ) : (
        <ul className={`${shared.plain} ${layout.incidents}`}>
          {run.incidentIds.map((id) => (
            <Incident key={id} id={id} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Incident({ id }: { id: string }) {
  const t = useWords();
  const said = useSaid();
  const { data: incident } = useQuery(incidentQuery(id));
  return (
    <li>
      <Link to="/incidents/$id" params={{ id }} className={shared.barLink}>
        {incident === undefined
          ? t("drills.run.incident")
          : `#${incident.number} ${typeof incident.title === "string" ? incident.title : said(incident.title)}`}
      </Link>
      {incident === undefined ? null : <StateMark state={incident.state} />}
    </li>
  );
}
