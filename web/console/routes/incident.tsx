import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { refusalOf } from "../../lib/api.ts";
import { Empty, Notice } from "../../ui/notice.tsx";
import { ReplayButton } from "../features/drills/replay-button.tsx";
import { AffectedOrders } from "../features/incidents/affected-orders.tsx";
import { Clocks } from "../features/incidents/clocks.tsx";
import classes from "../features/incidents/detail.module.css";
import { Figures } from "../features/incidents/figures.tsx";
import { IncidentTickets } from "../features/incidents/incident-tickets.tsx";
import { Pages } from "../features/incidents/pages.tsx";
import { People } from "../features/incidents/people.tsx";
import { hasEnded, incidentQuery } from "../features/incidents/queries.ts";
import { Runbook } from "../features/incidents/runbook.tsx";
import { Similar } from "../features/incidents/similar.tsx";
import { StatePanel } from "../features/incidents/state-panel.tsx";
import { Timeline } from "../features/incidents/timeline.tsx";
import { Told } from "../features/incidents/told.tsx";
import { useTexts } from "../features/incidents/use-texts.ts";
import { useMay } from "../features/session/me.ts";
import { useCodeWords, useWords } from "../words.ts";
import list from "./list.module.css";

const route = getRouteApi("/shell/incidents/$id");

/** One incident: who is on it and by when, what to do and what happened, what it does to the shop and its buyers. */
export function Incident() {
  const t = useWords();
  const texts = useTexts();
  const { problem } = useCodeWords();
  const may = useMay();
  const { id } = route.useParams();
  const { data: incident, error } = useQuery(incidentQuery(id));
  const name = incident === undefined ? t("incidents.title") : `#${incident.number} ${texts(incident.title)}`;
  return (
    <div className={list.screen}>
      <title>{`${name} · Orderwatch`}</title>
      <Link to="/incidents" className={list.back}>
        ‹ {t("incident.back")}
      </Link>
      <div className={list.head}>
        <h1 className={list.title}>{name}</h1>
        {incident === undefined ? null : (
          <div className={`${list.head} ${list.apart}`}>
            <Link to="/incidents/$id/postmortem" params={{ id }}>
              {t("postmortem.open")}
            </Link>
            {hasEnded(incident) && may("drills.run") ? <ReplayButton incidentId={id} /> : null}
          </div>
        )}
      </div>
      {error !== null && incident === undefined ? (
        <Notice level="bad" title={problem(refusalOf(error).code)}>
          {refusalOf(error).detail}
        </Notice>
      ) : incident === undefined ? (
        <Empty title={t("app.loading")} />
      ) : (
        <div className={classes.columns}>
          <div className={`${classes.column} ${classes.state}`}>
            <StatePanel incident={incident} />
            <Clocks incident={incident} />
          </div>
          <div className={`${classes.column} ${classes.work}`}>
            <Runbook incident={incident} />
            <Timeline incident={incident} />
          </div>
          <div className={`${classes.column} ${classes.effect}`}>
            {may("live.read") ? <Figures incident={incident} /> : null}
            <AffectedOrders incident={incident} />
            {may("tickets.read") ? <IncidentTickets incident={incident} /> : null}
            <Told incident={incident} />
          </div>
          <div className={`${classes.column} ${classes.persons}`}>
            {may("oncall.read") ? <Pages incident={incident} /> : null}
            <People incident={incident} />
            <Similar incident={incident} />
          </div>
        </div>
      )}
    </div>
  );
}
