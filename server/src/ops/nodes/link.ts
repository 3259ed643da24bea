import type { NodeClientEvents, NodeServerEvents } from "@orderwatch/shared/live/sockets.ts";
import { NodeFrame } from "@orderwatch/shared/live/telemetry.ts";
import type { DefaultEventsMap, Namespace, Server } from "socket.io";
import { HandshakeCheck } from "../../live/handshake.ts";
import type { Hub } from "../../live/hub.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Keys } from "../../platform/crypto.ts";
import type { Logger } from "../../platform/log.ts";

type NodesNamespace = Namespace<NodeClientEvents, NodeServerEvents, DefaultEventsMap, { node: string }>;

/**
 * Namespace `/nodes`: shop nodes prove that they hold the shared key, then send a frame a second. A node speaks for
 * itself only; whatever is not a frame of its own ends its link.
 */
export function serveNodes(options: { io: Server; hub: Hub; keys: Keys; clock: Clock; log: Logger }): void {
  const { hub, clock, log } = options;
  const check = new HandshakeCheck(options.keys);
  const nodes: NodesNamespace = options.io.of("/nodes");

  nodes.use((socket, next) => {
    const node = check.verify(socket.handshake.auth, clock.now());
    if (node === undefined) {
      log.warn({ address: socket.handshake.address }, "a link to /nodes was refused");
      next(new Error("refused"));
      return;
    }
    socket.data.node = node;
    next();
  });

  nodes.on("connection", (socket) => {
    const { node } = socket.data;
    if (node === undefined) return;
    hub.nodeLinked(node, socket.id, clock.now());
    socket.on("disconnect", () => hub.nodeUnlinked(node, socket.id, clock.now()));
    socket.on("frame", (sent) => {
      const parsed = NodeFrame.safeParse(sent);
      try {
        if (!parsed.success) throw parsed.error;
        if (parsed.data.node.id !== node) throw new RangeError("a frame in another node's name");
        hub.takeNodeFrame(parsed.data, clock.now());
      } catch (error) {
        log.warn({ err: error, node }, "a node's frame was refused and its link ended");
        socket.disconnect(true);
      }
    });
  });
}
