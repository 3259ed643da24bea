import type { onCallRoutes } from "@orderwatch/shared/ops/oncall-routes.ts";
import type { ReplyOf } from "@orderwatch/shared/route.ts";

/** A rota as the server gives it. */
export type Rota = ReplyOf<(typeof onCallRoutes)["readRota"]>;
