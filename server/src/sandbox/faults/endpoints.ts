import { LeaseReport } from "@orderwatch/shared/ops/drill-faults.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import { route } from "@orderwatch/shared/route.ts";
import { z } from "zod";
import type { Keys } from "../../platform/crypto.ts";
import type { LeaseBook } from "../../platform/faults/lease-book.ts";
import { isSignedLease, SignedLease } from "../../platform/faults/proof.ts";
import { type Endpoint, endpoint } from "../../platform/http/endpoint.ts";

/** The sandbox's name as a target of faults. */
export const sandboxTargetName = "sandbox";

const params = z.object({ id: z.uuid() });
const grantRoute = (path: "PUT /faults/:id" | "POST /faults/:id/renew", summary: string) =>
  route({ path, summary, params, body: SignedLease, reply: LeaseReport });
const faultRoutes = {
  list: route({
    path: "GET /faults",
    summary: "Faults that drills granted, and whether there are shoppers to come more often",
    reply: z.object({ items: z.array(LeaseReport), shoppers: z.boolean() }),
  }),
  read: route({ path: "GET /faults/:id", summary: "What became of one", params, reply: LeaseReport }),
  grant: grantRoute("PUT /faults/:id", "Begins a fault until its lease ends"),
  renew: grantRoute("POST /faults/:id/renew", "Prolongs it; one that has ended stays so"),
  revert: route({ path: "DELETE /faults/:id", summary: "Ends it for good", params, reply: LeaseReport }),
};

/** Ending needs no proof: whoever wants less trouble may have it. */
export function faultEndpoints(context: {
  keys: Keys;
  book: LeaseBook;
  hasShoppers: () => boolean;
}): Endpoint[] {
  const { keys, book } = context;
  const leaseOf = ({ params: { id }, body }: { params: { id: string }; body: SignedLease }) => {
    if (body.lease.id !== id || !isSignedLease(keys, sandboxTargetName, body))
      throw new DomainError("request.origin_refused", "The lease is not signed for this target");
    return body.lease;
  };
  return [
    endpoint(faultRoutes.list, async () => ({ items: book.reports(), shoppers: context.hasShoppers() })),
    endpoint(faultRoutes.read, async ({ params: { id } }) => book.report(id)),
    endpoint(faultRoutes.grant, async (input) => book.grant(leaseOf(input))),
    endpoint(faultRoutes.renew, async (input) => book.renew(leaseOf(input))),
    endpoint(faultRoutes.revert, async ({ params: { id } }) => book.revert(id)),
  ];
}
