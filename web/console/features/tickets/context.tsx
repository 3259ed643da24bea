import { TextInput } from "@mantine/core";
import type { Ticket } from "@orderwatch/shared/ops/tickets.ts";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Panel } from "../../../ui/panel.tsx";
import { type Level, LevelIcon } from "../../../ui/status.tsx";
import { useFormats, useWords } from "../../words.ts";
import { Refused } from "../session/refused.tsx";
import classes from "./context.module.css";
import { ticketContextQuery } from "./queries.ts";

const levels = { warn: "warn", error: "bad", fatal: "bad" } as const satisfies Record<string, Level>;

/** What engineering needs beyond the order itself: who handed it to whom and why, and what the servers logged. */
export function Context({ ticket }: { ticket: Ticket }) {
  const t = useWords();
  const formats = useFormats();
  const [requestId, setRequestId] = useState("");
  const { data, error } = useQuery(ticketContextQuery(ticket.id, ticket.revision, requestId));
  const now = new Date();
  return (
    <Panel title={t("context.title")}>
      {data === undefined || data.handoffs.length === 0 ? null : (
        <ul className={classes.handoffs} aria-label={t("context.handoffs")}>
          {data.handoffs.map((handoff) => (
            <li key={handoff.id}>
              <span className={classes.head}>
                <b>
                  {t(`ticket.team.${handoff.from}`)} → {t(`ticket.team.${handoff.to}`)}
                </b>
                <span>{t(`context.handoff.${handoff.state}`)}</span>
                <time dateTime={handoff.offeredAt}>{formats.recent(handoff.offeredAt, now)}</time>
              </span>
              <p>
                {handoff.offeredBy.name}: {handoff.note}
              </p>
              {handoff.answeredBy === null || handoff.reason === null ? null : (
                <p>
                  {handoff.answeredBy.name}: {handoff.reason}
                </p>
              )}
            </li>
          ))}
        </ul>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const given = new FormData(event.currentTarget).get("requestId");
          setRequestId(typeof given === "string" ? given.trim() : "");
        }}
      >
        <TextInput
          name="requestId"
          size="xs"
          label={t("context.requestId")}
          description={t("context.requestIdHelp")}
          maxLength={100}
          autoComplete="off"
          spellCheck={false}
        />
      </form>
      <Refused error={error} />
      {data === undefined ? null : data.logs.length === 0 ? (
        <p className={classes.none}>{t(requestId === "" ? "context.noLogs" : "context.noLogsOfRequest")}</p>
      ) : (
        <ol className={classes.logs} aria-label={t("context.logs")}>
          {data.logs.map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines have no id, and only ever grow at the end
            <li key={index}>
              <span className={classes.head}>
                <LevelIcon level={levels[line.level]} />
                <b>{t(`context.level.${line.level}`)}</b>
                <time dateTime={line.at}>{formats.recent(line.at, now)}</time>
                <span>{line.node}</span>
              </span>
              <code>{line.message}</code>
              {line.requestId === null ? null : <code className={classes.request}>{line.requestId}</code>}
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}
