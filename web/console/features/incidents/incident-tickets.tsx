import { Button } from "@mantine/core";
import type { IncidentDetail } from "@orderwatch/shared/ops/incidents.ts";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { Empty } from "../../../ui/notice.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { useFormats, useSaid, useWords } from "../../words.ts";
import { useMay } from "../session/me.ts";
import { Refused } from "../session/refused.tsx";
import { ticketStates } from "../tickets/lists.ts";
import { StateMark } from "../tickets/marks.tsx";
import classes from "./incident-tickets.module.css";
import { hasEnded, incidentTicketsQuery, openTicketsQuery } from "./queries.ts";
import told from "./told.module.css";
import { useTexts } from "./use-texts.ts";

const ProgressDialog = lazy(() =>
  import("./progress-dialog.tsx").then(({ ProgressDialog }) => ({ default: ProgressDialog })),
);

/** Tickets that are about it, and one word for all of their buyers. */
export function IncidentTickets({ incident }: { incident: IncidentDetail }) {
  const t = useWords();
  const say = useSaid();
  const texts = useTexts();
  const formats = useFormats();
  const mayTell = useMay()("incidents.act") && !hasEnded(incident);
  const [isTelling, setTelling] = useState(false);
  const { data, error } = useQuery(incidentTicketsQuery(incident));
  const open = useQuery(openTicketsQuery(incident));
  const now = new Date();
  const total = data === undefined ? 0 : ticketStates.reduce((sum, state) => sum + data.byState[state], 0);
  const waiting = open.data?.items ?? [];
  return (
    <Panel
      title={t("incident.tickets")}
      note={total === 0 ? undefined : t("incident.tickets.count", { count: total })}
      aside={
        mayTell ? (
          <Button size="xs" variant="default" onClick={() => setTelling(true)}>
            {t("incident.tickets.tell")}
          </Button>
        ) : undefined
      }
    >
      <Refused error={error ?? open.error} />
      {data === undefined ? (
        error === null ? (
          <Empty title={t("app.loading")} />
        ) : null
      ) : total === 0 ? (
        <p className={told.muted}>{t("incident.tickets.none")}</p>
      ) : (
        <>
          <ul className={classes.counts} aria-label={t("incident.tickets.byState")}>
            {ticketStates
              .filter((state) => data.byState[state] > 0)
              .map((state) => (
                <li key={state}>
                  <StateMark state={state} />
                  <b>{formats.count(data.byState[state])}</b>
                </li>
              ))}
          </ul>
          <ul className={classes.waiting} aria-label={t("incident.tickets.waiting")}>
            {waiting.map(({ id, number, subject, state, assignee, team }) => (
              <li key={id}>
                <Link to="/tickets/$id" params={{ id }} search={{ incidentId: incident.id }}>
                  #{number} {say(subject)}
                </Link>
                <span className={told.muted}>
                  <StateMark state={state} /> {assignee?.name ?? t(`ticket.nobody.${team}`)}
                </span>
              </li>
            ))}
          </ul>
          <Link to="/tickets" search={{ incidentId: incident.id }} className={classes.all ?? ""}>
            {t("tickets.ofIncident")}
          </Link>
        </>
      )}
      {data === undefined || data.progress.length === 0 ? null : (
        <>
          <div className={told.part}>
            <h3>{t("incident.tickets.told")}</h3>
          </div>
          <ul className={told.updates} aria-label={t("incident.tickets.told")}>
            {data.progress.map((word) => (
              <li key={word.id} className={told.update} data-state="published">
                <p>{texts(word.text)}</p>
                <span className={told.muted}>
                  {t("incident.tickets.toldTo", { count: word.told })} · {word.by.name} ·{" "}
                  <time dateTime={word.at}>{formats.recent(word.at, now)}</time>
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
      <Suspense fallback={null}>
        {isTelling ? (
          <ProgressDialog incident={incident} reach={data?.reach ?? 0} onClose={() => setTelling(false)} />
        ) : null}
      </Suspense>
    </Panel>
  );
}
