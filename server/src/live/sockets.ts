import type { LiveFrame } from "@orderwatch/shared/live/frame.ts";
import { type LiveClientEvents, type LiveServerEvents, Subscribe } from "@orderwatch/shared/live/sockets.ts";
import type { DefaultEventsMap, Namespace, Server, Socket } from "socket.io";
import type { Logger } from "../platform/log.ts";
import type { Hub } from "./hub.ts";

const room = "overview";
/** After this many frames in a row that a client could not take, it gets none until it has caught up. */
const mostBehind = 5;

interface SocketState {
  /** Frames in a row that found the client's connection still busy. */
  behind: number;
}
type LiveNamespace = Namespace<LiveClientEvents, LiveServerEvents, DefaultEventsMap, SocketState>;
type LiveSocket = Socket<LiveClientEvents, LiveServerEvents, DefaultEventsMap, SocketState>;

/**
 * Namespace `/live`: a subscriber's acknowledgement is a snapshot, then it gets every frame after it, encoded once
 * for all. A client that cannot keep up misses frames, sees the gap in `seq` and subscribes anew.
 */
export function serveLive(options: { io: Server; hub: Hub; log: Logger }): void {
  const { hub, log } = options;
  const live: LiveNamespace = options.io.of("/live");

  live.on("connection", (socket) => {
    socket.data.behind = 0;
    socket.on("subscribe", (topic, acknowledge) => {
      const parsed = Subscribe.safeParse(topic);
      if (!parsed.success || typeof acknowledge !== "function") {
        socket.emit("refused", { code: "request.invalid", detail: "subscribe takes { topic: 'overview' }" });
        return;
      }
      subscribe(socket, acknowledge).catch((error: unknown) => {
        log.error({ err: error }, "a subscriber got no snapshot");
        socket.emit("refused", { code: "server.failed", detail: "Please try again" });
      });
    });
  });

  const subscribe = async (
    socket: LiveSocket,
    acknowledge: Parameters<LiveClientEvents["subscribe"]>[1],
  ): Promise<void> => {
    let snapshot = await hub.snapshot();
    // A frame that went out meanwhile is not coming to this socket, so the snapshot has to contain it.
    while (snapshot.seq !== hub.seq) snapshot = await hub.snapshot();
    void socket.join(room);
    acknowledge(snapshot);
  };

  hub.onFrame((frame: LiveFrame) => {
    const skipped: string[] = [];
    for (const socket of live.sockets.values()) {
      socket.data.behind = socket.conn.transport.writable ? 0 : (socket.data.behind ?? 0) + 1;
      if (socket.data.behind > mostBehind) skipped.push(socket.id);
    }
    // Each console counts for its own clients; frames of another one would not fit their epoch.
    live.local.to(room).except(skipped).emit("frame", frame);
  });

  hub.onStock((stock) => {
    live.local.to(room).emit("stock", stock);
  });
}
