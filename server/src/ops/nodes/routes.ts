import type { OpsRoutes } from "@orderwatch/shared/ops/routes.ts";
import type { Parsed } from "../../platform/http/endpoint.ts";
import type { NodeCommand } from "../../platform/supervision.ts";
import type { Nodes } from "./actions.ts";
import type { Scaler } from "./scaling-actions.ts";

/** Handlers of the nodes' routes, by their names in the contract. */
export function nodesRoutes(nodes: Nodes, scaler: Scaler) {
  const commanding =
    (command: NodeCommand) =>
    async ({
      params,
      request,
      staff,
    }: Pick<Parsed<OpsRoutes["promoteNode"]>, "params" | "request"> & {
      staff: { id: string; name: string };
    }): Promise<undefined> => {
      await nodes.command(command, params.id, { staff, requestId: request.id });
    };
  return {
    listNodes: async () => ({ items: nodes.list(), nextCursor: null }),
    readScaling: () => scaler.read(),
    promoteNode: commanding("promote"),
    drainNode: commanding("drain"),
    restartNode: commanding("restart"),
  };
}
