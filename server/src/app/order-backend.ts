import { type ShopPart, shopParts } from "@orderwatch/shared/live/telemetry.ts";
import { DomainError, type ProblemCode } from "@orderwatch/shared/problem.ts";
import type { BeaconStep } from "@orderwatch/shared/shop/beacons.ts";
import { paymentMethods } from "@orderwatch/shared/shop/orders.ts";
import type { Cache } from "../platform/cache.ts";
import type { Clock } from "../platform/clock.ts";
import type { Keys } from "../platform/crypto.ts";
import type { Database } from "../platform/db.ts";
import type { Faults } from "../platform/faults/leases.ts";
import { troubleTriggers } from "../platform/faults/points.ts";
import type { Endpoint } from "../platform/http/endpoint.ts";
import type { NewId } from "../platform/ids.ts";
import type { Logger } from "../platform/log.ts";
import { type Loop, startLoop } from "../platform/loop.ts";
import { Counter, type Registry } from "../platform/metrics.ts";
import { ensurePartitions } from "../platform/migrations.ts";
import { openTriggers } from "../platform/queue.ts";
import { deriveVapid } from "../platform/vapid.ts";
import { balanceChanged } from "../shop/balance/actions.ts";
import { createListing, type Listing } from "../shop/catalog/actions.ts";
import { listEndpoint, productEndpoint } from "../shop/catalog/routes.ts";
import { forgetOldSignIns, forgetOverdue } from "../shop/customers/buyer-actions.ts";
import { customerEndpoints } from "../shop/customers/routes.ts";
import { createRecharger, fulfilCodes, type Supplier } from "../shop/fulfilment/actions.ts";
import { createVisitLog, forgetOldVisits, type VisitLog } from "../shop/funnel/actions.ts";
import { beaconEndpoint } from "../shop/funnel/routes.ts";
import { type LeverWatch, refusalOfMethod, watchLevers } from "../shop/levers/actions.ts";
import {
  createOrderFollowers,
  createOrderSignals,
  createPlacer,
  expireDue,
  forgetOldKeys,
  keepWarmMs,
  obeyLevers,
  type Placer,
  readVersions,
  troublePlacer,
  warmPlacing,
} from "../shop/orders/actions.ts";
import {
  deviceEndpoint,
  followOrderEndpoint,
  placeOrderEndpoint,
  readOrderEndpoint,
} from "../shop/orders/routes.ts";
import {
  askDue,
  createNoticeLog,
  createSubjectOf,
  learnOfPayment,
  meetNotice,
  type PaymentDeps,
  type Providers,
  refundDue,
  settleDue,
  troubleProviders,
} from "../shop/payments/actions.ts";
import { noticeEndpoints, paymentEndpoints } from "../shop/payments/routes.ts";
import { learnTastes } from "../shop/recommendations/actions.ts";
import { recommendationEndpoint } from "../shop/recommendations/routes.ts";
import { dailySchedule, reconciliationJobs } from "../shop/reconciliation/jobs.ts";
import { createStatusReader } from "../shop/status/actions.ts";
import { statusEndpoint, subscriptionEndpoints } from "../shop/status/routes.ts";
import { foldLedger } from "../shop/stock/actions.ts";
import { supportEndpoints } from "../shop/support/routes.ts";

export interface OrderBackend {
  placer: Placer;
  /** What staff refuse or limit by hand, as this process knows it. */
  levers: Pick<LeverWatch, "current">;
  /** Answered ahead of Express. */
  hot: Endpoint[];
  endpoints: Endpoint[];
  /** Reads what buyers will ask for first; a database that cannot answer now is asked again by them. */
  warm(): Promise<void>;
  /** The same, whatever is known already: for a node that takes over after a time as standby. */
  renew(): Promise<void>;
  /** What the payment companies call; none where payments are another process's part. */
  callbacks: Endpoint[];
  /** Finishes what is in flight; begins nothing more. */
  close(): Promise<void>;
}

/** Puts the order backend together: what buyers call, and the loops that carry paid orders to their end. */
export async function openOrderBackend(deps: {
  db: Database;
  /** `orderingConnections` for placing orders alone; those of `db` unless they have their own. */
  ordering?: Database;
  cache: Cache;
  databaseUrl: string;
  redisUrl: string | undefined;
  keys: Keys;
  clock: Clock;
  newId: NewId;
  log: Logger;
  metrics: Registry;
  shopUrl: string;
  /** What this process does of it all; everything unless told otherwise. */
  parts?: readonly ShopPart[];
  /** Where the payment companies call, if not at the shop's own address. */
  callbacksUrl?: string;
  providers: Providers;
  supplier: Supplier | undefined;
  /** With which browsers subscribe to pushes; the installation's own unless another was set. */
  pushKey?: string | undefined;
  onRefused: (code: ProblemCode) => void;
  /** One of these was a real buyer's, and by our fault. */
  onBuyerRefused?: () => void;
  onBeacon: (step: BeaconStep) => void;
  onCallback?: (fate: "accepted" | "refused" | "repeated") => void;
  /** Drills' faults, which this process then suffers; none where nothing may be drilled. */
  faults?: Faults | undefined;
  /**
   * When orders are placed, and their holds and leases end; by the database's clock, which is the same for all nodes, unless
   * a test says otherwise.
   */
  at?: () => Date | null;
}): Promise<OrderBackend> {
  const { db, ordering = db, cache, clock, keys, newId, log, shopUrl, parts = shopParts } = deps;
  const at = deps.at ?? (() => null);
  const listing = createListing({ db, cache, log });
  const signals = createOrderSignals(deps.metrics, deps.onRefused);
  const levers = await watchLevers({ sql: db.sql, cache, log });
  const notices = createNoticeLog({ sql: db.sql, clock, newId });
  const visits = createVisitLog({
    ...{ db, at },
    // From the list that every buyer is shown; while even that cannot be read, a step is not taken rather than cut short.
    isListed: async (sku) => (await listing.find(sku)) !== undefined,
  });
  const own = createPlacer({
    db,
    ordering,
    keys,
    newId,
    shopUrl,
    signals,
    log,
    now: at,
  });
  const { faults } = deps;
  const placer = noticingRefusals(
    obeyLevers(
      noticingSales(faults ? troublePlacer(own, faults, (code) => signals.refused(code)) : own, listing, () =>
        signals.refused("server.busy"),
      ),
      {
        ...{ levers, keys, sql: db.sql },
        limitOf: async (sku) => (await listing.find(sku))?.limit,
        onRefused: (code) => signals.refused(code),
      },
    ),
    visits,
    deps.onBuyerRefused,
  );

  const loops: Record<string, Loop> = {};
  const poke = (name: string) => loops[name]?.poke() ?? Promise.resolve();
  const opened = await openTriggers({
    databaseUrl: deps.databaseUrl,
    redisUrl: deps.redisUrl,
    log,
    schedules: { "reconciliation.daily": dailySchedule },
    apart: parts.length < shopParts.length || deps.callbacksUrl !== undefined,
    handlers: {
      "payments.settle": parts.includes("payments") ? () => poke("settle") : null,
      "orders.fulfil": parts.includes("fulfilment")
        ? async () => {
            await Promise.all([poke("fulfil"), poke("recharge")]);
          }
        : null,
      "reconciliation.daily": parts.includes("payments") ? () => poke("reconcile-days") : null,
    },
  });

  const triggers = faults ? troubleTriggers(opened, faults, log) : opened;
  const subjectOf = createSubjectOf({ sql: db.sql, log });
  const payments: PaymentDeps = {
    db,
    clock,
    at,
    newId,
    log,
    providers: faults ? troubleProviders(deps.providers, faults, subjectOf) : deps.providers,
    notices,
    signals,
    shopUrl,
    ...(deps.callbacksUrl === undefined ? {} : { callbacksUrl: deps.callbacksUrl }),
    fire: (trigger) => triggers.fire(trigger),
    refusalOf: (method) => refusalOfMethod(levers.current(), method),
    onBalance: (buyerId) => balanceChanged(cache, buyerId),
    ...(faults
      ? { meetNotice: (method, paymentId) => meetNotice({ faults, subjectOf }, method, paymentId) }
      : {}),
  };
  const fulfilment = {
    db,
    clock,
    at,
    keys,
    log,
    supplier: deps.supplier,
    faults,
    signals,
    fireLater: (delayMs: number) => triggers.fire("orders.fulfil", delayMs),
    onFreed: () => void poke("recharge"),
  };
  const expired = (count: number) => {
    signals.expired(count);
    listing.returned();
  };
  const recharger = createRecharger(fulfilment);
  const loop = (part: ShopPart, name: string, everyMs: number, work: () => Promise<{ more: boolean }>) => {
    if (parts.includes(part)) loops[name] = startLoop({ name, everyMs, work, log });
  };
  loop("payments", "settle", 1_000, () => settleDue(payments));
  loop("fulfilment", "fulfil", 1_000, () => fulfilCodes(fulfilment));
  loop("fulfilment", "recharge", 1_000, () => recharger.begin());
  loop("orders", "expire", 1_000, () => expireDue({ db, at, signals: { ...signals, expired } }));
  loop("payments", "ask", 1_000, () => askDue(payments));
  loop("payments", "refund", 1_000, () => refundDue(payments));
  for (const job of reconciliationJobs(payments)) loop("payments", job.name, job.everyMs, job.work);
  // Connections that nobody used for a while are closed, all of them when the database restarts; new ones planned nothing.
  loop("orders", "keep-warm", keepWarmMs, async () => {
    await warmPlacing(ordering);
    return { more: false };
  });
  loop("orders", "partitions", 24 * 3_600_000, async () => {
    await db.sql.query(ensurePartitions);
    return { more: false };
  });
  loop("orders", "fold-ledger", 5_000, async () => {
    await foldLedger({ db });
    return { more: false };
  });
  loop("orders", "learn-tastes", 600_000, async () => {
    await learnTastes({ db, clock });
    return { more: false };
  });
  loop("orders", "forget-visits", 600_000, () => forgetOldVisits({ db, clock }));
  loop("orders", "forget-sign-ins", 3_600_000, async () => {
    await forgetOldSignIns({ db, clock });
    return { more: false };
  });
  loop("orders", "forget-buyers", 600_000, () => forgetOverdue({ db, clock }));
  loop("orders", "forget-keys", 3_600_000, async () => {
    await forgetOldKeys({ db, clock });
    return { more: false };
  });

  const warming = (reading: Promise<unknown>): Promise<void> =>
    reading.then(
      () => undefined,
      (error: unknown) => log.warn({ err: error }, "not everything is warm; the first to ask waits longer"),
    );
  const followers = createOrderFollowers({
    readVersions: (orderIds) => readVersions(db.sql, orderIds),
    learn: (orderId) => learnOfPayment(payments, orderId),
    log,
  });
  const lookups = new Counter({
    name: "order_lookups_total",
    help: "Wishes to find one's orders again: owed an answer, or held back because the contact asked too often",
    labelNames: ["result"] as const,
    registers: [deps.metrics],
  });
  const methods = paymentMethods.filter((method) => deps.providers[method]);
  const callbacks = parts.includes("payments")
    ? noticeEndpoints({
        ...payments,
        metrics: deps.metrics,
        onCallback: deps.onCallback ?? (() => undefined),
      })
    : [];
  return {
    placer,
    levers,
    callbacks,
    hot: [
      listEndpoint(listing),
      placeOrderEndpoint({ placer, keys, onRefused: (code) => signals.refused(code) }),
      ...callbacks,
      beaconEndpoint({ visits, keys, clock, onStep: deps.onBeacon }),
    ],
    endpoints: [
      productEndpoint(listing),
      deviceEndpoint({ keys }),
      recommendationEndpoint({ db, cache, clock, listing, keys }),
      followOrderEndpoint({ keys, followers }),
      readOrderEndpoint({ db, keys, shopUrl, learn: (orderId) => learnOfPayment(payments, orderId) }),
      ...paymentEndpoints({ ...payments, keys }),
      ...customerEndpoints({ db, cache, keys, clock, newId }, (isOwed) =>
        lookups.inc({ result: isOwed ? "owed" : "held_back" }),
      ),
      ...supportEndpoints({
        ...{ db, keys, clock, newId },
        onAccountCorrected: () => triggers.fire("orders.fulfil"),
      }),
      ...subscriptionEndpoints({
        db,
        keys,
        clock,
        newId,
        pushKey: deps.pushKey ?? deriveVapid(keys, "").publicKey,
      }),
      statusEndpoint({ readStatus: createStatusReader({ db, cache, clock, log, listing, methods }) }),
    ],
    warm: () => warming(Promise.all([listing.read(), warmPlacing(ordering)])),
    renew: () => warming(listing.renew()),
    async close() {
      await followers.close();
      await Promise.all([placer.idle(), visits.idle()]);
      await notices.idle();
      await Promise.all(Object.values(loops).map((each) => each.stop()));
      await recharger.idle();
      await triggers.close();
      await listing.close();
      await levers.close();
    },
  };
}

/** What is sold, or turns out to be sold out, may change what the list shows. */
function noticingSales(placer: Placer, listing: Listing, onBusy: () => void): Placer {
  return {
    async place(input) {
      const notice = () => listing.taken(input.body.items.map((item) => item.sku));
      try {
        const placed = await placer.place(input);
        notice();
        return placed;
      } catch (error) {
        if (error instanceof DomainError && error.code === "stock.sold_out") notice();
        if (error instanceof DomainError && error.code === "server.busy") onBusy();
        throw error;
      }
    },
    load: () => placer.load(),
    idle: () => placer.idle(),
  };
}

/** Whatever is no refusal of the shop's own is an error of its own. */
const isOurFault = (error: unknown): boolean =>
  !(error instanceof DomainError) ||
  error.code.startsWith("server.") ||
  error.code === "payment.channel_unavailable";

/** Why a visit's order was refused belongs to its path; that a buyer's was, by our fault, to what a drill may have done. */
function noticingRefusals(
  placer: Placer,
  visits: Pick<VisitLog, "refused">,
  onBuyerRefused: () => void = () => undefined,
): Placer {
  return {
    async place(input) {
      try {
        return await placer.place(input);
      } catch (error) {
        const { session, items } = input.body;
        if (input.origin === "buyer" && isOurFault(error)) onBuyerRefused();
        if (error instanceof DomainError && error.code !== "server.busy")
          visits.refused(
            session,
            items.map(({ sku }) => sku),
            error.code,
          );
        throw error;
      }
    },
    load: () => placer.load(),
    idle: () => placer.idle(),
  };
}
