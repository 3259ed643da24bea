import type { Incident } from "@orderwatch/shared/ops/incidents.ts";
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { createOpsSocket } from "../../../lib/socket.ts";
import { hasEnded, incidentQuery, openIncidentsQuery } from "./queries.ts";

const acknowledgeTimeoutMs = 8_000;

/** Puts a change where it is shown: at once into the open list, and asks anew for what it does not carry. */
export function takeIn(queries: QueryClient, incident: Incident): void {
  queries.setQueryData(openIncidentsQuery.queryKey, (known) => {
    if (known === undefined) return known;
    const older = known.items.find(({ id }) => id === incident.id);
    if (older !== undefined && older.revision >= incident.revision) return known;
    const others = known.items.filter(({ id }) => id !== incident.id);
    return { ...known, items: hasEnded(incident) ? others : [incident, ...others] };
  });
  const shown = queries.getQueryData(incidentQuery(incident.id).queryKey);
  if (shown !== undefined && shown.revision < incident.revision)
    void queries.invalidateQueries({ queryKey: ["incident", incident.id] });
  if (hasEnded(incident)) void queries.invalidateQueries({ queryKey: ["incidents", "past"] });
}

/** Hears of incidents as they change while the component is on the screen; a reconnection asks for what it missed. */
export function useIncidentFeed(enabled: boolean): void {
  const queries = useQueryClient();
  useEffect(() => {
    if (!enabled) return;
    const socket = createOpsSocket();
    let since: string | undefined;
    const subscribe = async () => {
      try {
        const answer = await socket
          .timeout(acknowledgeTimeoutMs)
          .emitWithAck("subscribe", { topic: "incidents", ...(since === undefined ? {} : { since }) });
        if (!answer.ok) return;
        since = answer.value.cursor;
        for (const incident of answer.value.incidents) takeIn(queries, incident);
      } catch {
        // Not acknowledged in time: the lists ask by themselves meanwhile, and the next connection subscribes anew.
        void queries.invalidateQueries({ queryKey: ["incidents"] });
      }
    };
    socket.on("connect", () => void subscribe());
    socket.on("incident.changed", ({ cursor, incident }) => {
      since = cursor;
      takeIn(queries, incident);
    });
    socket.connect();
    return () => {
      socket.disconnect();
    };
  }, [queries, enabled]);
}
