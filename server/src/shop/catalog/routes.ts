import { DomainError } from "@orderwatch/shared/problem.ts";
import { shopRoutes } from "@orderwatch/shared/shop/routes.ts";
import { defaultBodyLimitBytes, type Endpoint, endpoint } from "../../platform/http/endpoint.ts";
import { header } from "../../platform/http/message.ts";
import type { Listing } from "./listing.ts";

/** Browsers and proxies keep it, but ask each time whether it still holds. */
const revalidated = { "cache-control": "no-cache" };

/** The whole list, answered ahead of Express from bytes that are made once; who has them already gets 304. */
export function listEndpoint(listing: Listing): Endpoint {
  const [method = "GET", path = "/"] = shopRoutes.listProducts.path.split(" ");
  return {
    method,
    path,
    bodyLimitBytes: defaultBodyLimitBytes,
    async handle(request) {
      const { body, etag } = await listing.read();
      const headers = { ...revalidated, etag };
      if (isKnown(header(request, "if-none-match"), etag)) return { status: 304, headers };
      return {
        status: 200,
        headers: { ...headers, "content-type": "application/json; charset=utf-8" },
        body,
      };
    },
  };
}

export function productEndpoint(listing: Listing): Endpoint {
  return endpoint(shopRoutes.readProduct, async ({ params }) => {
    const product = await listing.find(params.sku);
    if (!product) throw new DomainError("product.not_found", `${params.sku} is not for sale`);
    return product;
  });
}

/** Compared weakly, as RFC 9110 has it for If-None-Match. */
function isKnown(given: string | undefined, etag: string): boolean {
  return given?.split(",").some((each) => each.trim().replace(/^W\//, "") === etag) ?? false;
}
