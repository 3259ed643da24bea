import type { Acknowledged } from "@orderwatch/shared/live/sockets.ts";
import type { IncidentsSnapshot } from "@orderwatch/shared/ops/incident-sockets.ts";
import type { Incident } from "@orderwatch/shared/ops/incidents.ts";
import { io } from "socket.io-client";
import { eventually } from "./poll.ts";
import type { Product, Staff } from "./product.ts";

export interface Sighting {
  /** When this socket heard of it, in ms since 1970 UTC. */
  at: number;
  incident: Incident;
}

/** What a screen of the console hears of incidents. */
export interface IncidentWatch {
  /** Every change, oldest first. */
  seen: readonly Sighting[];
  /** The first sighting that `wants` likes; throws when there is none in time. */
  first(what: string, wants: (incident: Incident) => boolean, withinMs: number): Promise<Sighting>;
  close(): void;
}

/** Subscribes to the console's incidents, as its screens do. */
export async function watchIncidents(product: Product, staff: Staff): Promise<IncidentWatch> {
  const socket = io(`${product.consoleUrl}/ops`, {
    transports: ["websocket"],
    extraHeaders: { cookie: staff.cookie, origin: product.consoleUrl },
  });
  const seen: Sighting[] = [];
  socket.on("incident.changed", ({ incident }: { incident: Incident }) =>
    seen.push({ at: Date.now(), incident }),
  );
  await new Promise<void>((resolve, reject) => {
    socket.on("connect_error", reject);
    socket.emit("subscribe", { topic: "incidents" }, (answer: Acknowledged<IncidentsSnapshot>) =>
      answer.ok ? resolve() : reject(new Error(answer.detail)),
    );
  });
  return {
    seen,
    first: (what, wants, withinMs) =>
      eventually(what, () => seen.find(({ incident }) => wants(incident)), withinMs),
    close: () => void socket.disconnect(),
  };
}
