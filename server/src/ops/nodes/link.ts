import type { Acknowledged, NodeClientEvents, NodeServerEvents } from "@orderwatch/shared/live/sockets.ts";
import { NodeFrame } from "@orderwatch/shared/live/telemetry.ts";
import { LeaseReport } from "@orderwatch/shared/ops/drill-faults.ts";
import type { DefaultEventsMap, Namespace, Server } from "socket.io";
import { HandshakeCheck } from "../../live/handshake.ts";
import type { Hub } from "../../live/hub.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Keys } from "../../platform/crypto.ts";
import type { SignedLease } from "../../platform/faults/proof.ts";
import type { Logger } from "../../platform/log.ts";

type NodesNamespace = Namespace<NodeClientEvents, NodeServerEvents, DefaultEventsMap, { node: string }>;

/** A node answers at once or is busier than a drill should be. */
const answerWithinMs = 1_500;

/** Drills' faults in the nodes that are linked to this console. Null: it is not linked, or did not answer. */
export interface NodeFaults {
  linked(): string[];
  /** Throws when the node does not believe the lease. */
  grant(node: string, signed: SignedLease): Promise<LeaseReport | null>;
  renew(node: string, signed: SignedLease): Promise<LeaseReport | null>;
  revert(node: string, leaseId: string): Promise<LeaseReport | null>;
  report(node: string, leaseId: string): Promise<LeaseReport | null>;
}

/**
 * Namespace `/nodes`: shop nodes prove that they hold the shared key, then send a frame a second. A node speaks for
 * itself only; whatever is not a frame of its own ends its link.
 */
export function serveNodes(options: {
  io: Server;
  hub: Hub;
  keys: Keys;
  clock: Clock;
  log: Logger;
}): NodeFaults {
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
  // Of several links the newest: an older one may be of a process that is gone.
  const linkOf = (node: string) =>
    [...nodes.sockets.values()].findLast((socket) => socket.data.node === node)?.timeout(answerWithinMs);
  const reportOf = async (asked: Promise<Acknowledged<unknown>> | undefined): Promise<LeaseReport | null> => {
    // It may have gone, or be too busy to answer; either way nothing is known.
    const answer = await asked?.catch(() => null);
    if (!answer) return null;
    if (!answer.ok) throw new Error(`a node refused a fault: ${answer.code} ${answer.detail}`);
    return LeaseReport.parse(answer.value);
  };
  return {
    linked: () => [
      ...new Set([...nodes.sockets.values()].flatMap(({ data }) => (data.node ? [data.node] : []))),
    ],
    grant: (node, signed) => reportOf(linkOf(node)?.emitWithAck("fault.grant", signed)),
    renew: (node, signed) => reportOf(linkOf(node)?.emitWithAck("fault.renew", signed)),
    revert: (node, leaseId) => reportOf(linkOf(node)?.emitWithAck("fault.revert", leaseId)),
    report: (node, leaseId) => reportOf(linkOf(node)?.emitWithAck("fault.report", leaseId)),
  };
}
