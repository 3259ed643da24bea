import type { LeaseReport } from "@orderwatch/shared/ops/drill-faults.ts";
import type { Keys } from "../../platform/crypto.ts";
import type { Logger } from "../../platform/log.ts";
import { StartRefused } from "../../platform/start-refused.ts";
import type { ChildMessage, ChildRole, NodeReport } from "../../platform/supervision-messages.ts";
import { type Child, spawnChild } from "./child.ts";
import { step } from "./pool.ts";
import {
  createPool,
  hasEnded,
  type PoolBounds,
  type PoolEffect,
  type PoolEvent,
  reportPool,
} from "./pool-model.ts";
import type { SharedPort } from "./ports.ts";
import { answerFault, openProcessFaults } from "./process-faults.ts";
import { watchVitals } from "./vitals.ts";

const TICK_MS = 100;
/** The system may take a tenth of a second to clear a killed process away; its standby does not wait for that. */
const LOOK_FOR_ENDS_MS = 10;

type PoolEventBody = PoolEvent extends infer Each
  ? Each extends PoolEvent
    ? Omit<Each, "now">
    : never
  : never;

export type RunnerOptions = {
  nodes: readonly { name: string; role: ChildRole }[];
  /** How many of the shop nodes run always; the others are places that scaling may fill. */
  bounds: PoolBounds;
  command: readonly [string, ...string[]];
  /** The environment of one child. */
  environmentOf(node: { name: string; role: ChildRole }): Readonly<Record<string, string | undefined>>;
  sharedPort: SharedPort;
  /** By which leases of faults are believed. */
  keys: Keys;
  log: Logger;
  onNotice(text: string): void;
  /** Processes came or went. */
  onPids(pids: readonly number[]): void;
};

export type Runner = {
  /** Settles when every node was ready once; rejects with the one line to show when that cannot be. */
  complete: Promise<void>;
  /** Makes `complete` reject with this reason, if it is still open. */
  abandon(reason: unknown): void;
  /** Lets every child finish and end, kills those that do not. */
  stop(): Promise<void>;
};

/** Carries out what the pool decides: processes, messages, the ticking clock. */
export function runPool(options: RunnerOptions): Runner {
  const { log, sharedPort } = options;
  const children = new Map<string, Child>();
  const queue: PoolEvent[] = [];
  let pool = createPool(options.nodes, options.bounds);
  let isWorking = false;
  let shown = "";
  const completion = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();

  const go = (name: string) => {
    const child = children.get(name);
    const address = { host: sharedPort.host, port: sharedPort.port };
    if (sharedPort.handle === null) {
      child?.send({ type: "go", address });
      return;
    }
    child?.sendHandle({ type: "go" }, sharedPort.handle, (error) => {
      log.error({ err: error, node: name }, "the shop's socket could not be handed over");
      child.kill();
    });
  };

  const hear = (name: string, message: ChildMessage) => {
    switch (message.type) {
      case "notice":
        options.onNotice(message.text);
        return;
      case "refused":
        if (pool.complete) log.error({ node: name }, message.text);
        else completion.reject(new StartRefused(message.text));
        return;
      case "fault": {
        const reply = (answer: { refusal: string | null; report?: LeaseReport }) =>
          children.get(name)?.send({ type: "reply", id: message.id, ...answer });
        answerFault(faults, message.ask).then(
          (report) => reply({ refusal: null, report }),
          (error: unknown) => reply({ refusal: error instanceof Error ? error.message : String(error) }),
        );
        return;
      }
      case "request":
      case "scale": {
        const refusal = dispatch(
          message.type === "scale"
            ? { type: "scale", active: message.active }
            : { type: message.command, node: message.node },
        );
        children.get(name)?.send({ type: "reply", id: message.id, refusal });
        return;
      }
      default:
        dispatch({ type: message.type, node: name });
    }
  };

  const spawn = (name: string) => {
    const node = options.nodes.find((each) => each.name === name);
    if (!node) return;
    const child = spawnChild({
      command: options.command,
      environment: options.environmentOf(node),
      // Buyers wait for these.
      hasOwnSession: node.role !== "console" && node.role !== "sandbox",
      log,
      onMessage: (message) => {
        // Words may be read after their speaker's end; what would change the pool then is about nobody.
        const isWord = message.type === "notice" || message.type === "refused";
        if (isWord || children.get(name) === child) hear(name, message);
      },
      onExit: (how) => {
        children.delete(name);
        if (!pool.stopping) log.warn({ node: name, how }, "a node ended");
        dispatch({ type: "exited", node: name });
        notePids();
      },
    });
    children.set(name, child);
    dispatch({ type: "spawned", node: name, pid: child.pid });
    notePids();
  };

  const notePids = () => options.onPids([...children.values()].map((child) => child.pid).filter(Boolean));

  const carryOut = (effect: PoolEffect) => {
    switch (effect.type) {
      case "spawn":
        return spawn(effect.node);
      case "go":
        return go(effect.node);
      case "drain":
      case "stop":
        return children.get(effect.node)?.send({ type: effect.type });
      case "kill":
        log.error({ node: effect.node }, "killing a node that hangs");
        return children.get(effect.node)?.kill();
      case "complete":
        return completion.resolve();
      case "giveUp":
        return completion.reject(
          new StartRefused(`${effect.node} does not start; what it says about it is above`),
        );
    }
  };

  const show = () => {
    const nodes: NodeReport[] = reportPool(pool);
    const active = pool.wanted;
    const text = JSON.stringify({ nodes, active });
    if (text === shown) return;
    shown = text;
    for (const { name, role } of options.nodes) {
      if (role === "console") children.get(name)?.send({ type: "nodes", nodes, active });
    }
  };

  /** Events that effects cause wait their turn, so that each step sees the pool that the one before left. */
  const dispatch = (body: PoolEventBody): string | null => {
    const event: PoolEvent = { ...body, now: performance.now() };
    if (isWorking) {
      queue.push(event);
      return null;
    }
    isWorking = true;
    let refusal: string | null = null;
    for (let next: PoolEvent | undefined = event; next; next = queue.shift()) {
      const result = step(pool, next);
      pool = result.pool;
      if (next === event) refusal = result.refusal;
      for (const effect of result.effects) carryOut(effect);
    }
    isWorking = false;
    show();
    if (hasEnded(pool)) ended.resolve();
    return refusal;
  };

  const faults = openProcessFaults({
    ...{ keys: options.keys, log },
    processes: {
      childOf: (node) => children.get(node),
      restart: (node) => dispatch({ type: "restart", node }),
    },
  });
  const lookAt = watchVitals();
  const tick = () => dispatch({ type: "tick", vitals: lookAt(pool.nodes) });
  // Judged after what has arrived was read: late ourselves, we would else take unread heartbeats for silence.
  const ticking = setInterval(() => setImmediate(tick), TICK_MS);
  const lookForEnds = () => {
    for (const { name, role, phase } of pool.nodes)
      if (role === "shop" && phase === "active" && children.get(name)?.isOver())
        dispatch({ type: "over", node: name });
  };
  const looking = setInterval(lookForEnds, LOOK_FOR_ENDS_MS);
  dispatch({ type: "begin" });

  return {
    complete: completion.promise,
    abandon: (reason) => completion.reject(reason),
    stop: async () => {
      await faults.close();
      dispatch({ type: "stop" });
      await ended.promise;
      clearInterval(ticking);
      clearInterval(looking);
    },
  };
}
