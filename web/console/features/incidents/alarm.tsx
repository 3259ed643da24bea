import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useWords } from "../../words.ts";
import { useMay } from "../session/me.ts";
import { nextDeadline } from "./countdown.ts";
import classes from "./incidents.module.css";
import { NextDeadline } from "./marks.tsx";
import { byUrgency } from "./order.ts";
import { openIncidentsQuery } from "./queries.ts";
import { useIncidentFeed } from "./use-feed.ts";
import { useTexts } from "./use-texts.ts";

/**
 * On every screen: a level 1 that nobody took yet interrupts, for eyes and screen readers alike. The clock stands beside
 * what is announced, or each second would be read aloud.
 */
export function Alarm() {
  const t = useWords();
  const texts = useTexts();
  const mayRead = useMay()("incidents.read");
  useIncidentFeed(mayRead);
  const { data } = useQuery({ ...openIncidentsQuery, enabled: mayRead });
  const first = byUrgency(data?.items ?? []).find(({ level, state }) => level === 1 && state === "detected");
  return (
    <>
      <div role="alert" aria-live="assertive" className="ow-unseen">
        {first === undefined
          ? null
          : t("incidents.announce", {
              number: first.number,
              title: texts(first.title),
              state: t(`incident.state.${first.state}`),
            })}
      </div>
      {first === undefined ? null : (
        <div className={classes.alarm}>
          <Link to="/incidents/$id" params={{ id: first.id }}>
            {t("incident.level.1")} · #{first.number} {texts(first.title)}
          </Link>
          {nextDeadline(first.deadlines) === null ? null : <NextDeadline incident={first} />}
        </div>
      )}
    </>
  );
}
