import type { OpsRoutes } from "@orderwatch/shared/ops/routes.ts";
import type { Parsed } from "../../platform/http/endpoint.ts";
import type { NodeCommand } from "../../platform/supervision.ts";
import type { Nodes } from "./actions.ts";

/** Handlers of the nodes' routes, by their names in the contract. */
export function nodesRoutes(nodes: Nodes) {
  const commanding =
    (command: NodeCommand) =>
    async ({ params }: Pick<Parsed<OpsRoutes["promoteNode"]>, "params">): Promise<undefined> => {
      await nodes.command(command, params.id);
    };
  return {
    listNodes: async () => ({ items: nodes.list(), nextCursor: null }),
    promoteNode: commanding("promote"),
    drainNode: commanding("drain"),
    restartNode: commanding("restart"),
  };
}
