import type { OpsRoutes } from "@orderwatch/shared/ops/routes.ts";
import type { ReplyOf } from "@orderwatch/shared/route.ts";
import type { Hub } from "../../live/hub.ts";
import type { Parsed } from "../../platform/http/endpoint.ts";

/** Handlers of the live routes, by their names in the contract. */
export function liveRoutes(hub: Hub) {
  return {
    liveOverview: (): Promise<ReplyOf<OpsRoutes["liveOverview"]>> => hub.snapshot(),
    liveSeries: ({ query }: Parsed<OpsRoutes["liveSeries"]>): Promise<ReplyOf<OpsRoutes["liveSeries"]>> =>
      hub.series(new Date(query.from), new Date(query.to)),
  };
}
