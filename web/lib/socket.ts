import type { LiveClientEvents, LiveServerEvents } from "@orderwatch/shared/live/sockets.ts";
import type { DrillClientEvents, DrillServerEvents } from "@orderwatch/shared/ops/drill-sockets.ts";
import type { OpsClientEvents, OpsServerEvents } from "@orderwatch/shared/ops/incident-sockets.ts";
import type { TicketClientEvents, TicketServerEvents } from "@orderwatch/shared/ops/ticket-sockets.ts";
import { io, type Socket } from "socket.io-client";

export type LiveSocket = Socket<LiveServerEvents, LiveClientEvents>;

/** The staff's live namespace on this origin; the session cookie says who asks. Not connected yet. */
export const createLiveSocket = (): LiveSocket =>
  io("/live", {
    autoConnect: false,
    // Frames are small and steady: polling first would only delay them.
    transports: ["websocket", "polling"],
    reconnectionDelay: 500,
    reconnectionDelayMax: 3_000,
  });

export type OpsSocket = Socket<OpsServerEvents, OpsClientEvents>;

export type TicketSocket = Socket<TicketServerEvents, TicketClientEvents>;

export type DrillSocket = Socket<DrillServerEvents, DrillClientEvents>;

const ops = {
  autoConnect: false,
  transports: ["websocket", "polling"],
  reconnectionDelay: 500,
  reconnectionDelayMax: 3_000,
};

/** The staff's namespace of what changes, as far as incidents; shares the live one's connection. Not connected yet. */
export const createOpsSocket = (): OpsSocket => io("/ops", ops);

/** The same namespace, as far as tickets. A connection of its own, so that each screen asks for what it shows. */
export const createTicketSocket = (): TicketSocket => io("/ops", { ...ops, forceNew: true });

/** The same namespace, as far as drills. */
export const createDrillSocket = (): DrillSocket => io("/ops", { ...ops, forceNew: true });
