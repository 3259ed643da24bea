import type { PaymentMethod } from "@orderwatch/shared/shop/orders.ts";
import type { Sql } from "../../platform/db.ts";
import { isHit, meetsCallbacks, type Subject } from "../../platform/faults/domain.ts";
import type { ActiveFault, Faults } from "../../platform/faults/leases.ts";
import { linger, type Suffering, strike } from "../../platform/faults/points.ts";
import type { Logger } from "../../platform/log.ts";
import type { Providers } from "./providers/factory.ts";
import { type PaymentProvider, ProviderError } from "./providers/provider.ts";
import { readSubject } from "./store.ts";

/** A call that a drill makes slower than this has timed out, as it would with the company itself. */
const timeoutMs = 5_000;

/** Whose order a payment is; asked only while a fault is in force. Whom nobody can tell may be a buyer. */
export type SubjectOf = (paymentId: string) => Promise<Subject>;

export function createSubjectOf({ sql, log }: { sql: Sql; log: Logger }): SubjectOf {
  return async (paymentId) => {
    try {
      return (await readSubject(sql, paymentId)) ?? { order: paymentId, origin: null };
    } catch (error) {
      log.debug({ err: error, paymentId }, "a drill could not tell whose payment this is");
      return { order: paymentId, origin: null };
    }
  };
}

/** Lets calls to the payment companies suffer drills' faults, each for orders within the fault's radius alone. */
export function troubleProviders(providers: Providers, faults: Faults, subjectOf: SubjectOf): Providers {
  const { wechat, alipay } = providers;
  return {
    ...(wechat && { wechat: troubled(wechat, faults, subjectOf) }),
    ...(alipay && { alipay: troubled(alipay, faults, subjectOf) }),
  };
}

function troubled(provider: PaymentProvider, faults: Faults, subjectOf: SubjectOf): PaymentProvider {
  const call = <T>(paymentId: string, ask: () => Promise<T>): Promise<T> =>
    faults.held.payment === undefined ? ask() : callInTrouble(paymentId, ask);
  const callInTrouble = async <T>(paymentId: string, ask: () => Promise<T>): Promise<T> => {
    const candidates = ofMethod(faults, provider.method);
    const suffering = candidates.length > 0 && strike(candidates, await subjectOf(paymentId));
    return suffering ? sufferCall(suffering, ask) : ask();
  };
  return {
    method: provider.method,
    prepay: (input) => call(input.paymentId, () => provider.prepay(input)),
    query: (paymentId) => call(paymentId, () => provider.query(paymentId)),
    close: (paymentId) => call(paymentId, () => provider.close(paymentId)),
    refund: (input) => call(input.paymentId, () => provider.refund(input)),
    queryRefund: (refund) => call(refund.paymentId, () => provider.queryRefund(refund)),
    verifyNotice: (request, now) => provider.verifyNotice(request, now),
    bill: (day) => provider.bill(day),
    acknowledge: (ok) => provider.acknowledge(ok),
  };
}

const ofMethod = (faults: Faults, method: PaymentMethod) =>
  faults.active("payment").filter(({ fault }) => fault.channel === method);

/** One that fails was never sent; one that takes too long was sent, and its answer is lost. */
async function sufferCall<T>(suffering: Suffering, ask: () => Promise<T>): Promise<T> {
  await linger({ ...suffering, delayMs: Math.min(suffering.delayMs, timeoutMs) });
  if (suffering.fails) throw new ProviderError("unavailable", "a drill keeps this call from the company");
  if (suffering.delayMs < timeoutMs || suffering.over.aborted) return ask();
  await ask();
  throw new ProviderError("timeout", "a drill keeps the company's answer back");
}

/** How a callback arrives while a drill has its hands in it. */
export interface Arrival {
  dropped: boolean;
  /** It comes once more at the same time. */
  doubled: boolean;
}

/** Meets a believed callback of a payment: undefined at once while nothing concerns it, else its arrival when it is due. */
export function meetNotice(
  { faults, subjectOf }: { faults: Faults; subjectOf: SubjectOf },
  method: PaymentMethod,
  paymentId: string,
  random: () => number = Math.random,
): Promise<Arrival | undefined> | undefined {
  if (faults.held.payment === undefined) return undefined;
  const candidates = ofMethod(faults, method).filter(({ fault }) => meetsCallbacks(fault));
  return candidates.length === 0 ? undefined : arrive(candidates, subjectOf, paymentId, random);
}

async function arrive(
  candidates: readonly ActiveFault<"payment">[],
  subjectOf: SubjectOf,
  paymentId: string,
  random: () => number,
): Promise<Arrival | undefined> {
  const subject = await subjectOf(paymentId);
  for (const candidate of candidates) {
    const { fault, over } = candidate;
    const dropped = isHit(fault.dropCallbacks, random);
    const doubled = isHit(fault.duplicateCallbacks, random);
    const delayMs = (fault.delayCallbacksMs ?? 0) * random();
    if ((!dropped && !doubled && delayMs === 0) || !candidate.touches(subject)) continue;
    await linger({ delayMs, over });
    return { dropped, doubled };
  }
  return undefined;
}
