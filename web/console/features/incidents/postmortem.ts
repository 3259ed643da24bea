import type { OpsRoutes } from "@orderwatch/shared/ops/routes.ts";
import type { ReplyOf } from "@orderwatch/shared/route.ts";

export type PostmortemView = ReplyOf<OpsRoutes["readPostmortem"]>;
