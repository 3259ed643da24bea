import { Button, NativeSelect } from "@mantine/core";
import type { Ticket } from "@orderwatch/shared/ops/tickets.ts";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { Panel } from "../../../ui/panel.tsx";
import { api } from "../../api.ts";
import { useSaid, useWords } from "../../words.ts";
import { LevelMark, StateMark } from "../incidents/marks.tsx";
import { openIncidentsQuery } from "../incidents/queries.ts";
import { useMay } from "../session/me.ts";
import { Refused } from "../session/refused.tsx";
import { incidentSuggestionsQuery } from "./queries.ts";
import classes from "./ticket-incident.module.css";
import { useTicketDeed } from "./use-ticket.ts";
import { hasEnded } from "./views.ts";

/** Which incident a ticket is about; where it is about none, those that it may be about, and why. */
export function TicketIncident({ ticket }: { ticket: Ticket }) {
  const t = useWords();
  const mayAct = useMay()("tickets.act");
  const { id, incidentDetail } = ticket;
  const link = useTicketDeed(id, (incidentId: string | null) =>
    api.linkTicketIncident({ params: { id }, body: { incidentId } }),
  );
  if (incidentDetail === null && (!mayAct || hasEnded(ticket.state))) return null;
  return (
    <Panel title={t("ticket.incident")}>
      {incidentDetail === null ? (
        <Suggestions ticket={ticket} isBusy={link.isPending} onLink={link.mutate} />
      ) : (
        <div className={classes.incident}>
          <IncidentName incident={incidentDetail} />
          {mayAct ? (
            <Button size="xs" variant="default" loading={link.isPending} onClick={() => link.mutate(null)}>
              {t("ticket.incident.unlink")}
            </Button>
          ) : null}
        </div>
      )}
      <Refused error={link.error} />
    </Panel>
  );
}

type Named = Pick<NonNullable<Ticket["incidentDetail"]>, "id" | "number" | "level" | "state" | "title">;

function IncidentName({ incident }: { incident: Named }) {
  const say = useSaid();
  return (
    <div className={classes.name}>
      <Link to="/incidents/$id" params={{ id: incident.id }}>
        #{incident.number} {say(incident.title)}
      </Link>
      <span className={classes.marks}>
        <LevelMark level={incident.level} />
        <StateMark state={incident.state} />
      </span>
    </div>
  );
}

function Suggestions({
  ticket,
  isBusy,
  onLink,
}: {
  ticket: Ticket;
  isBusy: boolean;
  onLink: (incidentId: string) => void;
}) {
  const t = useWords();
  const say = useSaid();
  const suggested = useQuery(incidentSuggestionsQuery(ticket.id, ticket.revision));
  const open = useQuery(openIncidentsQuery);
  const [other, setOther] = useState("");
  const items = suggested.data?.items ?? [];
  const others = (open.data?.items ?? []).filter(
    ({ id }) => !items.some(({ incident }) => incident.id === id),
  );
  return (
    <>
      <Refused error={suggested.error ?? open.error} />
      {suggested.data === undefined ? null : items.length === 0 ? (
        <p className={classes.none}>{t("ticket.incident.noneFits")}</p>
      ) : (
        <ul className={classes.suggested} aria-label={t("ticket.incident.suggested")}>
          {items.map(({ incident, because }) => (
            <li key={incident.id} className={classes.incident}>
              <IncidentName incident={incident} />
              <ul className={classes.because}>
                {because.map((fit) => (
                  <li key={fit}>{t(`ticket.incident.because.${fit}`)}</li>
                ))}
              </ul>
              <Button
                size="xs"
                variant="default"
                loading={isBusy}
                aria-label={t("ticket.incident.linkTo", { number: incident.number })}
                onClick={() => onLink(incident.id)}
              >
                {t("ticket.incident.link")}
              </Button>
            </li>
          ))}
        </ul>
      )}
      {others.length === 0 ? null : (
        <div className={classes.other}>
          <NativeSelect
            size="xs"
            label={t("ticket.incident.other")}
            value={other}
            data={[
              { value: "", label: t("ticket.incident.choose") },
              ...others.map(({ id, number, title }) => ({ value: id, label: `#${number} ${say(title)}` })),
            ]}
            onChange={(event) => setOther(event.currentTarget.value)}
          />
          <Button
            size="xs"
            variant="default"
            disabled={other === ""}
            loading={isBusy}
            onClick={() => onLink(other)}
          >
            {t("ticket.incident.link")}
          </Button>
        </div>
      )}
    </>
  );
}
