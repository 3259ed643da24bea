import { asBuyer, keptSession } from "../account/session.ts";
import { api, bearer } from "../api.ts";

/** Pays an order from its buyer's balance, all of it; once this is done the order is paid. */
export async function payFromBalance({ id, token }: { id: string; token: string }): Promise<void> {
  const body = { paymentMethod: "balance", buyerSession: keptSession() ?? "" } as const;
  await asBuyer((signal) => api.payOrder({ params: { id }, body, headers: bearer(token), signal }));
}
