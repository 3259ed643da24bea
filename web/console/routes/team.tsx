import { Button } from "@mantine/core";
import { isOut } from "@orderwatch/shared/ops/presence.ts";
import type { Agent } from "@orderwatch/shared/ops/ticket-team.ts";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { Empty } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Status } from "../../ui/status.tsx";
import table from "../../ui/table.module.css";
import { useMay, useMe } from "../features/session/me.ts";
import { Refused } from "../features/session/refused.tsx";
import { SupportPolicies } from "../features/support-policies/support-policies.tsx";
import { agentsQuery, callsQuery } from "../features/tickets/queries.ts";
import classes from "../features/tickets/team.module.css";
import { useFormats, useSaid, useWords } from "../words.ts";
import list from "./list.module.css";

const AgentDialog = lazy(() =>
  import("../features/tickets/agent-dialog.tsx").then(({ AgentDialog }) => ({ default: AgentDialog })),
);

/** Who works on tickets, how much they have, who is away; the calls to make; and what tickets promise. */
export function Team() {
  const t = useWords();
  const say = useSaid();
  const formats = useFormats();
  const me = useMe();
  const maySet = useMay()("tickets.settings");
  const agents = useQuery(agentsQuery);
  const calls = useQuery(callsQuery);
  const [chosen, setChosen] = useState<Agent | null>(null);
  const now = new Date();
  return (
    <div className={list.screen}>
      <title>{`${t("team.title")} · Orderwatch`}</title>
      <h1 className={list.title}>{t("team.title")}</h1>
      <Panel title={t("team.people")} flush>
        {agents.data === undefined ? (
          agents.isError ? (
            <Refused error={agents.error} />
          ) : (
            <Empty title={t("app.loading")} />
          )
        ) : (
          <div className={table.scroll}>
            <table className={table.table}>
              <caption className="ow-unseen">{t("team.people")}</caption>
              <thead>
                <tr>
                  <th scope="col">{t("team.person")}</th>
                  <th scope="col" className={table.number}>
                    {t("team.load")}
                  </th>
                  <th scope="col">{t("team.presence")}</th>
                  <th scope="col" className={table.wide}>
                    {t("team.skills")}
                  </th>
                  <th scope="col">
                    <span className="ow-unseen">{t("team.change")}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {agents.data.items.map((agent) => (
                  <tr key={agent.id}>
                    <th scope="row">{agent.name}</th>
                    <td className={table.number}>
                      {formats.count(agent.load)} / {formats.count(agent.capacity)}
                    </td>
                    <td>
                      {isOut(agent, now) ? (
                        <Status level="warn">
                          {agent.outUntil === null
                            ? t("team.away")
                            : t("team.awayUntil", { time: formats.recent(agent.outUntil, now) })}
                        </Status>
                      ) : (
                        <Status level={agent.autoAssign ? "ok" : "quiet"}>
                          {t(agent.autoAssign ? "team.gets" : "team.asks")}
                        </Status>
                      )}
                    </td>
                    <td className={`${table.wide} ${classes.skills}`}>{agent.skills.join(" ") || "–"}</td>
                    <td className={table.number}>
                      {maySet || agent.id === me.id ? (
                        <Button size="compact-xs" variant="default" onClick={() => setChosen(agent)}>
                          {t("team.change")}
                        </Button>
                      ) : null}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Panel>
      <Panel title={t("team.calls")} flush>
        {calls.data === undefined ? (
          calls.isError ? (
            <Refused error={calls.error} />
          ) : (
            <Empty title={t("app.loading")} />
          )
        ) : calls.data.items.length === 0 ? (
          <Empty title={t("team.noCalls")}>{t("team.noCallsText")}</Empty>
        ) : (
          <div className={table.scroll}>
            <table className={table.table}>
              <caption className="ow-unseen">{t("team.calls")}</caption>
              <thead>
                <tr>
                  <th scope="col">{t("team.when")}</th>
                  <th scope="col">{t("contact.phone")}</th>
                  <th scope="col">{t("team.about")}</th>
                  <th scope="col" className={table.number}>
                    {t("team.tries")}
                  </th>
                </tr>
              </thead>
              <tbody>
                {calls.data.items.map(({ call, ticket }) => (
                  <tr key={call.id}>
                    <td>{formats.recent(call.nextAt ?? call.bestFrom ?? call.createdAt, now)}</td>
                    <td>{call.phone}</td>
                    <td className={classes.about}>
                      <Link to="/tickets/$id" params={{ id: ticket.id }} className={table.open} data-row>
                        #{ticket.number} {say(ticket.subject)}
                      </Link>
                    </td>
                    <td className={table.number}>{formats.count(call.attempts.length)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Panel>
      <SupportPolicies />
      <Suspense fallback={null}>
        {chosen === null ? null : <AgentDialog agent={chosen} onClose={() => setChosen(null)} />}
      </Suspense>
    </div>
  );
}
