import { createClient } from "@orderwatch/shared/client.ts";
import { opsPaths } from "@orderwatch/shared/ops/paths.ts";
import type { OpsRoutes } from "@orderwatch/shared/ops/routes.ts";

/** The staff's contract as functions. */
export const api = createClient<OpsRoutes>(opsPaths);
