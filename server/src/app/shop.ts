import { join } from "node:path";
import { type NodeState, type ShopPart, shopParts } from "@orderwatch/shared/live/telemetry.ts";
import { shopPaths } from "@orderwatch/shared/shop/paths.ts";
import { LogKeeper } from "../live/kept-logs/keeper.ts";
import { NodeLink } from "../live/node-link.ts";
import { Recorder } from "../live/recorder.ts";
import { type Cache, openCache } from "../platform/cache.ts";
import { systemClock } from "../platform/clock.ts";
import { createKeys } from "../platform/crypto.ts";
import { openDatabase } from "../platform/db.ts";
import { type Settings, SettingsError } from "../platform/env.ts";
import type { FaultKind } from "../platform/faults/domain.ts";
import { FaultHolder } from "../platform/faults/leases.ts";
import { skewClock, troubleReads } from "../platform/faults/points.ts";
import { drain, listen } from "../platform/http/listening.ts";
import { rotateConnections } from "../platform/http/rotation.ts";
import type { HttpContext } from "../platform/http/server.ts";
import { serveSinglePage } from "../platform/http/single-page.ts";
import { createIds } from "../platform/ids.ts";
import { createLog } from "../platform/log.ts";
import { createMetrics } from "../platform/metrics.ts";
import { migrate } from "../platform/migrations.ts";
import { originHeader, verifyOrigin } from "../platform/origin.ts";
import { StartRefused } from "../platform/start-refused.ts";
import { listenOn, type Supervision } from "../platform/supervision.ts";
import { measureQueue } from "../shop/fulfilment/actions.ts";
import { orderingConnections, orderingIdleMs } from "../shop/orders/actions.ts";
import { openMerchants } from "./merchants.ts";
import { openOrderBackend } from "./order-backend.ts";
import { rehearseOrders } from "./rehearsal.ts";
import { createShopGate } from "./shop-gate.ts";
import { createCallbackDoor, createPartServer, createShopServer } from "./shop-server.ts";

const version = "0.1.0";
const bundle = join(import.meta.dirname, "../../../web/dist/shop");

/**
 * Connections for all but placing orders. They mostly wait for the disk, so that few would keep statements waiting under
 * load; but of a node that dies the database clears each one away, and the node that takes over waits for the processor
 * meanwhile. So there are no more than it takes.
 */
const otherConnections = { max: 10, growth: { fewest: 3, afterMs: 100 } };

/** How long a buyer stays with one of several nodes that take orders. */
const connectionMs = 10_000;

export interface Running {
  /** The port it accepts on; undefined for a standby. */
  port: number | undefined;
  close(): Promise<void>;
}

/** What a benchmark may leave out to measure what it costs. */
export interface ShopParts {
  telemetry: boolean;
  /** False asks the database for every read. */
  cache?: boolean;
  /** False leaves no place where a drill's fault could be met. */
  faultPoints?: boolean;
}

/**
 * A shop node, or one that does only some parts of it. Under a supervisor one that takes orders boots as a standby, with
 * everything warm and delivering paid orders, and accepts buyers when it is told to go; all others serve at once.
 */
export async function startShop(
  settings: Settings,
  supervision: Supervision | null,
  parts: ShopParts = { telemetry: true },
): Promise<Running> {
  const databaseUrl = settings.database.url;
  if (databaseUrl === undefined)
    throw new SettingsError("DATABASE_URL", undefined, "a database when ROLE is shop");
  if (settings.secretKey === undefined)
    throw new SettingsError("SECRET_KEY", undefined, "the key of this installation");
  const metrics = createMetrics();
  const newId = createIds(systemClock);
  const keeper = new LogKeeper(newId);
  const log = createLog({ level: settings.logLevel, name: settings.nodeName, warnings: keeper });
  const keys = createKeys(settings.secretKey);
  const holder = new FaultHolder({
    ...{ target: settings.nodeName, keys, clock: systemClock, log },
    points: nodeFaults(settings.parts),
  });
  const faults = parts.faultPoints === false ? undefined : holder;
  const clock = faults ? skewClock(systemClock, faults) : systemClock;

  const isWhole = settings.parts.length === shopParts.length;
  const recorder = new Recorder({
    ...{ id: settings.nodeName, pid: process.pid, startedAt: clock.now(), version },
    ...(isWhole ? {} : { parts: [...settings.parts] }),
  });

  await migrate(databaseUrl);
  const open = { url: databaseUrl, log, faults };
  const db = openDatabase({ ...open, name: settings.nodeName, ...otherConnections });
  const ordering = openDatabase({
    ...{ ...open, name: `${settings.nodeName} orders` },
    ...{ max: orderingConnections, idleMs: orderingIdleMs },
  });
  keeper.start(db.sql, log);
  const kept = openCache({
    databaseUrl,
    redisUrl: settings.redisUrl,
    name: settings.nodeName,
    log,
    metrics,
  });
  const asking: Cache = parts.cache === false ? { ...kept, read: (_, load) => load() } : kept;
  const cache = faults ? troubleReads(asking, faults) : asking;
  const backend = await openOrderBackend({
    db,
    ordering,
    cache,
    faults,
    databaseUrl,
    redisUrl: settings.redisUrl,
    keys,
    clock,
    newId,
    log,
    metrics,
    shopUrl: settings.shop.url,
    parts: settings.parts,
    // Also where it is the shop's own, as a proxy may make it: the parts' processes go by whether it is set, all of them alike.
    ...(settings.payments.url === undefined ? {} : { callbacksUrl: settings.payments.url }),
    ...(await openMerchants(settings)),
    pushKey: settings.notify.vapid?.publicKey,
    onRefused: (code) => recorder.refused(code),
    onBuyerRefused: () => recorder.buyerRefused(),
    onBeacon: (step) => recorder.beacon(step),
    onCallback: (fate) => recorder.callback(fate),
  });
  let state: NodeState = "standby";
  const link =
    parts.telemetry &&
    new NodeLink({
      node: settings.nodeName,
      recorder,
      sql: db.sql,
      keys,
      clock,
      log,
      state: () => state,
      queue: () => measureQueue({ db, clock }),
      cache: () => cache.counts(),
      ...(faults ? { faults } : {}),
      levers: () => backend.levers.current().version,
    });

  const gate = createShopGate({
    orders: backend.placer,
    database: db,
    levers: backend.levers,
    onRefused(priority, request) {
      recorder.requestStarted();
      recorder.requestEnded();
      if (priority !== "order") return;
      recorder.refused("server.busy");
      const mark = request.headers[originHeader];
      if (verifyOrigin(keys, typeof mark === "string" ? mark : undefined).origin === "buyer")
        recorder.buyerRefused();
    },
    newId,
    clock,
    log,
    metrics,
  });
  const common = {
    ...{ log, newId, metrics, db, gate },
    ...(parts.telemetry ? { observer: observe(recorder) } : {}),
    production: settings.production,
    trustedProxies: settings.trustedProxies,
    metricsToken: settings.metricsToken,
  };
  const takesOrders = settings.parts.includes("orders");
  const server = takesOrders
    ? createShopServer({
        ...{ ...common, backend, shopUrl: settings.shop.url },
        after: (express) =>
          serveSinglePage(express, {
            folder: bundle,
            pages: ["/", "/o/:id", "/p/:sku", "/orders", "/orders/find", "/account", "/status"],
            lost: /^\/(?!api\/|pay\/|assets\/)/,
          }),
      })
    : createPartServer({ ...common, callbacks: backend.callbacks });
  const door =
    takesOrders && !supervision && settings.payments.port !== undefined && backend.callbacks.length > 0
      ? createCallbackDoor(server, backend.callbacks)
      : undefined;

  if (settings.shop.nodesMax > settings.shop.nodes) rotateConnections(server, connectionMs);
  const rehearsing = new AbortController();
  let rehearsal: Promise<void> | undefined;
  const running: Running = {
    port: undefined,
    async close() {
      state = "draining";
      rehearsing.abort();
      await rehearsal;
      await Promise.all([drain(server), door && drain(door)]);
      if (link) await link.stop();
      await holder.close();
      await backend.close();
      await cache.close();
      gate.close();
      await keeper.stop();
      await Promise.all([ordering.close(), db.close()]);
    },
  };
  if (takesOrders) await backend.warm();
  if (supervision && takesOrders) {
    supervision.onGo(async (target) => {
      rehearsing.abort();
      // Read anew while it takes over; until then what it knows from its time as a standby is served.
      void backend.renew();
      await listenOn(server, target);
      state = "active";
    });
    supervision.onDrain(async () => {
      state = "draining";
      // It may have been told to go again meanwhile.
      const isDrained = await drain(server);
      if (isDrained) state = "standby";
      return isDrained;
    });
  } else {
    const at = addressOf(settings, supervision !== null);
    running.port = await listen(server, at.port, at.host).catch(refusePort(at.setting));
    if (door && settings.payments.port !== undefined)
      await listen(door, settings.payments.port, settings.host).catch(refusePort("PAYMENTS_PORT"));
    state = "active";
    log.info({ port: running.port, parts: settings.parts }, "the shop serves");
  }
  supervision?.ready();
  if (supervision && takesOrders)
    rehearsal = rehearseOrders({
      ...{ ordering, gate, keys, newId, log, shopUrl: settings.shop.url },
      signal: rehearsing.signal,
    });
  return running;
}

/** The faults that can be met in a process that does these parts. */
function nodeFaults(parts: readonly ShopPart[]): FaultKind[] {
  return [
    ...(["database", "cache", "queue", "clock"] as const),
    ...(parts.includes("payments") || parts.includes("orders") ? (["payment"] as const) : []),
    ...(parts.includes("fulfilment") ? (["supplier"] as const) : []),
    ...(parts.includes("orders") ? (["full_queue", "sold_out"] as const) : []),
  ];
}

/** Where a process listens that is not handed a socket. Delivery alone has probes only, beside others on any port. */
function addressOf(
  { parts, shop, payments, host }: Settings,
  supervised: boolean,
): { setting: string; port: number; host: string } {
  if (!parts.includes("orders") && parts.includes("payments") && payments.port !== undefined)
    return { setting: "PAYMENTS_PORT", port: payments.port, host };
  if (supervised) return { setting: "SHOP_PORT", port: 0, host: "127.0.0.1" };
  return { setting: "SHOP_PORT", port: shop.port, host };
}

const refusePort = (setting: string) => (error: Error) => {
  if (!("code" in error && error.code === "EADDRINUSE")) throw error;
  throw new StartRefused(`${setting}: port ${"port" in error ? error.port : ""} is taken by another program`);
};

/** How a node's recorder hears of requests. */
function observe(recorder: Recorder): NonNullable<HttpContext["observer"]> {
  return {
    started: () => recorder.requestStarted(),
    answered(route, durationMs) {
      recorder.requestEnded();
      if (route === shopPaths.placeOrder) recorder.orderAnswered(durationMs);
    },
  };
}
