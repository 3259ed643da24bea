import type { Server } from "node:net";
import type { LeaseReport } from "@orderwatch/shared/ops/drill-faults.ts";
import {
  type ChildMessage,
  type FaultAsk,
  type NodeCommand,
  type NodeReport,
  type SupervisorMessage,
  supervisorMessage,
} from "./supervision-messages.ts";

export type { FaultAsk, NodeCommand, NodeReport } from "./supervision-messages.ts";

const HEARTBEAT_MS = 250;
/** As many connections as may wait in the kernel while the active node is replaced. */
const BACKLOG = 4096;

/** Where to accept: the supervisor's bound socket, or an address to share with `reusePort`. For `listenOn`. */
export type ListenTarget = { handle: unknown } | { host: string; port: number };

/** A command was refused by the supervisor; the message says why. */
export class CommandRefused extends Error {
  override name = "CommandRefused";
}

/** A child's line to its supervisor. Handlers are registered before `ready`. */
export type Supervision = {
  /** Booted. A shop node may be told to go from now on; the other roles serve already. */
  ready(): void;
  /** Start accepting (`listenOn(server, target)`); may come again after a drain. Throwing ends the process. */
  onGo(handler: (target: ListenTarget) => Promise<void>): void;
  /** Stop accepting and let what is in flight finish; true once the node is a standby again, false if it went meanwhile. */
  onDrain(handler: () => Promise<boolean>): void;
  /** Close everything and exit: asked by the supervisor, or the supervisor is gone. Called once. */
  onStop(handler: () => void): void;
  /** Asks to be told to stop, once another node has taken this one's place, and to be started anew. */
  leave(): void;
  /** The children, their states and how many shop nodes are to accept: once if known, then at each change. Console only. */
  onNodes(handler: (nodes: readonly NodeReport[], active: number) => void): void;
  /** Asks for a switch; resolves when the supervisor has begun it. Throws `CommandRefused`. */
  request(order: { command: NodeCommand; node: string }): Promise<void>;
  /** Asks that so many shop nodes accept; resolves when the supervisor agrees. Throws `CommandRefused`. */
  scale(active: number): Promise<void>;
  /** Hands the supervisor a drill's fault in a process, or asks about one. Throws `CommandRefused`. */
  fault(ask: FaultAsk): Promise<LeaseReport>;
  /** Prints a line on the supervisor's terminal. */
  notice(text: string): void;
  /** Tells that this start cannot succeed by trying again; the supervisor stops with this line. */
  refuse(text: string): Promise<void>;
};

/** Makes a server accept on what `go` brought. Throws when it cannot listen. */
export function listenOn(server: Server, target: ListenTarget): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    const listening = () => {
      server.off("error", reject);
      resolve();
    };
    if ("handle" in target) server.listen(target.handle, BACKLOG, listening);
    else server.listen({ ...target, backlog: BACKLOG, reusePort: true }, listening);
  });
}

function unregistered(what: string): () => Promise<never> {
  return () => Promise.reject(new Error(`the supervisor sent ${what}, which this role does not handle`));
}

/** Connects to the supervisor that started this process; `null` when the role runs alone. Call once. */
export function connectSupervisor(): Supervision | null {
  if (!process.send) return null;
  let go: (target: ListenTarget) => Promise<void> = unregistered("go");
  let drain: () => Promise<boolean> = unregistered("drain");
  let stop: (() => void) | null = null;
  let isStopping = false;
  let showNodes: ((nodes: readonly NodeReport[], active: number) => void) | null = null;
  let shown: { nodes: readonly NodeReport[]; active: number } | null = null;
  let lastId = 0;
  const waiting = new Map<
    number,
    { resolve(report: LeaseReport | undefined): void; reject(error: Error): void }
  >();

  const send = (message: ChildMessage, sent: () => void = () => undefined) => {
    // When the supervisor is gone, `disconnect` ends this process; nobody is left to be told.
    if (process.connected) process.send?.(message, undefined, {}, sent);
    else sent();
  };
  const beginStop = () => {
    if (isStopping) return;
    isStopping = true;
    stop?.();
  };
  const receive = (message: SupervisorMessage, handle: unknown) => {
    switch (message.type) {
      case "go":
        // A rejection is left to end the process: the supervisor then promotes another node.
        void go(message.address ?? { handle }).then(() => send({ type: "accepting" }));
        return;
      case "drain":
        void drain().then((isDrained) => {
          // Told to go and to drain again, it would else answer the later order with the earlier one's end.
          if (isDrained) send({ type: "drained" });
        });
        return;
      case "stop":
        beginStop();
        return;
      case "nodes":
        shown = message;
        showNodes?.(message.nodes, message.active);
        return;
      case "reply": {
        const asked = waiting.get(message.id);
        waiting.delete(message.id);
        if (message.refusal === null) asked?.resolve(message.report);
        else asked?.reject(new CommandRefused(message.refusal));
      }
    }
  };

  const ask = (make: (id: number) => ChildMessage): Promise<LeaseReport | undefined> =>
    new Promise((resolve, reject) => {
      const id = ++lastId;
      waiting.set(id, { resolve, reject });
      send(make(id));
    });

  process.on("message", (message, handle) => receive(supervisorMessage.parse(message), handle));
  process.on("disconnect", beginStop);
  send({ type: "heartbeat" });
  setInterval(() => send({ type: "heartbeat" }), HEARTBEAT_MS).unref();

  return {
    ready: () => send({ type: "ready" }),
    onGo: (handler) => {
      go = handler;
    },
    onDrain: (handler) => {
      drain = handler;
    },
    onStop: (handler) => {
      stop = handler;
      if (isStopping) handler();
    },
    leave: () => send({ type: "leave" }),
    onNodes: (handler) => {
      showNodes = handler;
      if (shown) handler(shown.nodes, shown.active);
    },
    async request({ command, node }) {
      await ask((id) => ({ type: "request", id, command, node }));
    },
    async scale(active) {
      await ask((id) => ({ type: "scale", id, active }));
    },
    async fault(about) {
      const report = await ask((id) => ({ type: "fault", id, ask: about }));
      if (!report) throw new CommandRefused("the supervisor gave no report");
      return report;
    },
    notice: (text) => send({ type: "notice", text }),
    refuse: (text) => new Promise((resolve) => send({ type: "refused", text }, resolve)),
  };
}
