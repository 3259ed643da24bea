import { createClient } from "@orderwatch/shared/client.ts";
import { shopPaths } from "@orderwatch/shared/shop/paths.ts";
import type { ShopRoutes } from "@orderwatch/shared/shop/routes.ts";

/** The shop's calls, on the same origin as the page. */
export const api = createClient<ShopRoutes>(shopPaths);

/** The header that opens one order; the token never stands in an address. */
export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
