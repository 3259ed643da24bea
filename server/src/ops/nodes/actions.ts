import type { NodeSummary } from "@orderwatch/shared/live/frame.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Hub } from "../../live/hub.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Logger } from "../../platform/log.ts";
import { CommandRefused, type NodeCommand, type Supervision } from "../../platform/supervision.ts";
import type { AuditNote, By } from "../audit/actions.ts";
import type { ScaleDriver } from "./scaling-actions.ts";

export interface Nodes {
  /** All shop nodes that are known, those that serve first. */
  list(): NodeSummary[];
  /**
   * Has the supervisor promote, drain or restart a node; resolves when it has begun. Throws `node.not_found`, or
   * `node.unavailable` with the reason: there is no supervisor here, or it refused.
   */
  command(command: NodeCommand, id: string, by: By): Promise<void>;
  /** What can change how many of them are active; null without a supervisor. */
  driver: ScaleDriver | null;
}

const pastTense = { promote: "node.promoted", drain: "node.drained", restart: "node.restarted" } as const;

/** The shop's nodes as staff see and command them. The supervisor alone decides; without one they can only be watched. */
export function createNodes(context: {
  hub: Hub;
  supervision: Supervision | null;
  clock: Clock;
  log: Logger;
  record: (by: By, note: AuditNote) => Promise<void>;
}): Nodes {
  const { hub, supervision, clock, log } = context;
  const supervised = new Set<string>();
  let active: number | null = null;
  supervision?.onNodes((reports, wanted) => {
    active = wanted;
    const shops = reports.flatMap(({ name, role, pid, state }) => {
      if (role === "console" || role === "sandbox") return [];
      return [{ id: name, pid, state, ...(role === "shop" ? {} : { parts: [role] }) }];
    });
    supervised.clear();
    for (const { id } of shops) supervised.add(id);
    hub.superviseNodes(shops);
  });
  const list = () => hub.nodes(clock.now());
  return {
    list,
    driver: supervision && {
      active: () => active,
      owns: (id) => supervised.has(id),
      scale: (wanted) => supervision.scale(wanted),
    },
    async command(command, id, by) {
      if (!list().some((node) => node.id === id)) throw new DomainError("node.not_found", `No node ${id}`);
      if (!supervision || !supervised.has(id))
        throw new DomainError("node.unavailable", "This node runs without a supervisor that could do this");
      try {
        await supervision.request({ command, node: id });
      } catch (error) {
        if (!(error instanceof CommandRefused)) throw error;
        throw new DomainError("node.unavailable", error.message, { cause: error });
      }
      log.info({ command, node: id }, "a node was commanded");
      // It has been done; that it cannot be written down, as in an outage, must not make it look refused.
      await context
        .record(by, { action: pastTense[command], target: { kind: "node", id } })
        .catch((error: unknown) => log.error({ err: error, command, node: id }, "a command was not audited"));
    },
  };
}
