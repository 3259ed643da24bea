import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { keepAnnounced } from "../live/consoles.ts";
import { everySecond } from "../live/driver.ts";
import { Hub, tickOffsetMs } from "../live/hub.ts";
import { LogKeeper } from "../live/kept-logs/keeper.ts";
import { serveLive } from "../live/sockets.ts";
import { createAccounts } from "../ops/accounts/actions.ts";
import { type AuditNote, type By, listAudit, recordAudit } from "../ops/audit/actions.ts";
import { scoreRun } from "../ops/drill-scores/actions.ts";
import { createNodes, type Nodes } from "../ops/nodes/actions.ts";
import { serveNodes } from "../ops/nodes/link.ts";
import { createScaler, type Scaler } from "../ops/nodes/scaling-actions.ts";
import { openCache } from "../platform/cache.ts";
import { systemClock } from "../platform/clock.ts";
import { createKeys } from "../platform/crypto.ts";
import { openDatabase } from "../platform/db.ts";
import { type Settings, SettingsError } from "../platform/env.ts";
import { drain, listen } from "../platform/http/listening.ts";
import { serveSinglePage } from "../platform/http/single-page.ts";
import { createIds } from "../platform/ids.ts";
import { createLog } from "../platform/log.ts";
import { createMetrics } from "../platform/metrics.ts";
import { migrate } from "../platform/migrations.ts";
import { createRealtime } from "../platform/realtime.ts";
import type { Supervision } from "../platform/supervision.ts";
import { countOrderEvents } from "../shop/orders/counts.ts";
import { listRunningLow, type StockContext } from "../shop/stock/actions.ts";
import { seedDemoProducts } from "../shop/stock/demo-actions.ts";
import { startConsoleLoops } from "./console-loops.ts";
import { createConsoleServer } from "./console-server.ts";
import { startCustomerDesk } from "./customer-desk.ts";
import { openDrillDesk } from "./drill-desk.ts";
import { createFaultTargets, openConsoleFaults } from "./fault-targets.ts";
import { openIncidentDesk } from "./incident-desk.ts";
import { openMerchants } from "./merchants.ts";
import { openPaging } from "./paging.ts";
import { startSubscriberDesk } from "./subscriber-desk.ts";
import { openTicketDesk } from "./ticket-desk.ts";

const bundle = join(import.meta.dirname, "../../../web/dist/console");
/** Every address that is a page: all but the API, sockets and files. An SKU may hold dots, as a file's name does. */
const pages = /^\/(?!api\/|socket\.io\/|assets\/)(?:products\/[^/]+|[^.]*)$/;

const targets = { successRate: 0.98, latencyP99Ms: 200 };
/** What is in flight gets this long to end, so that all of closing stays within 10 s. */
const drainWithinMs = 6_000;

export interface RunningConsole {
  port: number;
  close(): Promise<void>;
}

export interface ConsoleOptions {
  /** The folder of the built web; null serves the API alone. */
  pagesFrom?: string | null;
  /** Gets the line with the first sign-in; the terminal by default. */
  notice?: (line: string) => void;
}

/**
 * Staff's side: HTTP, sockets and the live picture. Serves as soon as it resolves. On the first start it makes the first
 * account, and with the sandbox on it fills an empty catalogue with demo products, which it keeps stocked.
 * Throws SettingsError.
 */
export async function startConsole(
  settings: Settings,
  supervision: Supervision | null,
  { pagesFrom = bundle, notice = (line) => tell(supervision, line) }: ConsoleOptions = {},
): Promise<RunningConsole> {
  const databaseUrl = settings.database.url;
  if (databaseUrl === undefined)
    throw new SettingsError("DATABASE_URL", undefined, "a database when ROLE is console");
  if (settings.secretKey === undefined)
    throw new SettingsError("SECRET_KEY", undefined, "the key of this installation");
  const metrics = createMetrics();
  const clock = systemClock;
  const newId = createIds(clock);
  const keeper = new LogKeeper(newId);
  const log = createLog({ level: settings.logLevel, name: settings.nodeName, warnings: keeper });
  const keys = createKeys(settings.secretKey);
  const { url, origins } = settings.console;

  const { providers, supplier } = await openMerchants(settings);
  await migrate(databaseUrl);
  const db = openDatabase({ url: databaseUrl, name: settings.nodeName, max: 10, log });
  keeper.start(db.sql, log);
  const cache = openCache({ databaseUrl, redisUrl: settings.redisUrl, name: settings.nodeName, log });
  const context: StockContext = { db, cache, clock, newId, keys, log };
  const accounts = createAccounts({ ...context, url, origins, production: settings.production });
  await accounts.createFirst({ ...settings.admin, notice });
  if (settings.sandbox.on) await seedDemoProducts(context);

  const hub = new Hub({
    epoch: randomUUID(),
    sql: db.sql,
    log,
    events: { count: (from, until) => countOrderEvents(db.sql, from, until) },
    stock: () => listRunningLow(context),
    targets,
  });
  await hub.start(clock.now());
  const { nodes, scaler } = openNodes(settings, supervision, { ...context, hub });
  const paging = await openPaging(settings, context, databaseUrl);
  const faults = openConsoleFaults({ keys, clock, log });
  const drills = await openDrillDesk({
    ...{ ...context, hub, isDemo: settings.sandbox.on },
    targets: createFaultTargets({
      ...{ keys, nodes, supervision, own: faults, providers },
      hasSupplier: supplier !== undefined,
      sandboxUrl: settings.sandbox.on ? settings.sandbox.url : null,
      links: () => links,
    }),
    score: (run) => scoreRun(context, run),
  });
  const desk = await openIncidentDesk(
    settings,
    { ...context, hub, nodes, providers, supplier, paging, faults },
    drills.door,
  );
  drills.connect(desk);
  const tickets = await openTicketDesk({
    ...context,
    paging,
    providers,
    supplier,
    shopUrl: settings.shop.url,
  });
  const server = createConsoleServer({
    ...context,
    paging: paging.routes,
    desk,
    ...{ tickets, drills },
    metrics,
    accounts,
    hub,
    providers,
    supplier,
    ...{ nodes, scaler },
    url,
    origins,
    shopUrl: settings.shop.url,
    production: settings.production,
    trustedProxies: settings.trustedProxies,
    metricsToken: settings.metricsToken,
    ...(pagesFrom === null
      ? {}
      : { after: (app) => serveSinglePage(app, { folder: pagesFrom, pages: [pages] }) }),
  });
  const realtime = createRealtime({
    server,
    origins,
    authenticate: async (headers) => {
      const staff = await accounts.authenticate(headers);
      return staff && { sessionId: staff.sessionId, userId: staff.id, role: staff.role };
    },
    newId,
    log,
  });
  accounts.onSessionEnded((sessionId) => realtime.disconnectSession(sessionId));
  realtime.guard("/live", "live.read");
  serveLive({ io: realtime.io, hub, log });
  realtime.guard("/ops", "incidents.read");
  desk.serve(realtime.io);
  tickets.serve(realtime.io);
  drills.serve(realtime.io);
  const links = serveNodes({ io: realtime.io, hub, keys, clock, log });

  const port = await listen(server, settings.console.port, settings.host);
  const announced = await keepAnnounced({
    sql: db.sql,
    address: { id: randomUUID(), url: reachableAt(settings, port) },
    log,
  });
  await desk.start(clock.now());
  tickets.start();
  const tick = async (now: Date) => {
    await hub.tick(now);
    desk.tick(now);
    drills.tick();
    await scaler.tick(now);
  };
  const driver = everySecond({ clock, offsetMs: tickOffsetMs, log, work: tick });
  const loops = [
    ...startConsoleLoops(context, settings.sandbox.on),
    startSubscriberDesk({ ...context, notify: paging.notify, shopUrl: settings.shop.url }),
    startCustomerDesk({
      ...context,
      metrics,
      notify: paging.notify,
      channels: paging.routes.channels,
      shopUrl: settings.shop.url,
    }),
  ];
  log.info({ port }, "the console serves staff");
  supervision?.ready();

  return {
    port,
    async close() {
      await Promise.all(loops.map((loop) => loop.stop()));
      await announced.stop();
      await driver.stop();
      await drills.close();
      await faults.close();
      await tickets.close();
      await desk.close();
      await paging.close();
      await realtime.close();
      await drain(server, { withinMs: drainWithinMs, patienceMs: 0 });
      await hub.stop(clock.now());
      await cache.close();
      await keeper.stop();
      await db.close();
    },
  };
}

/** The shop's nodes, and who decides how many of them take orders. */
function openNodes(
  { shop }: Settings,
  supervision: Supervision | null,
  context: StockContext & { hub: Hub },
): { nodes: Nodes; scaler: Scaler } {
  const record = (by: By, note: AuditNote) => recordAudit(context, by, note);
  const nodes = createNodes({ ...context, supervision, record });
  const scaler = createScaler({
    ...context,
    driver: nodes.driver,
    isOn: shop.nodesMax > shop.nodes,
    bounds: { max: Math.max(1, shop.nodesMax - 1), nodeQps: shop.nodeQps },
    nodes: (now) => context.hub.nodes(now),
    record: (note) => record({ staff: null }, note),
    recorded: async (targetKind) => (await listAudit(context, { targetKind, limit: 20 })).items,
  });
  return { nodes, scaler };
}

/** For a person to read, on the terminal that the product was started from. */
function tell(supervision: Supervision | null, line: string): void {
  if (supervision) supervision.notice(line);
  else process.stdout.write(`${line}\n`);
}

/** Where shop nodes reach this console: this machine's loopback, unless it listens for others. */
function reachableAt({ host, console }: Settings, port: number): string {
  if (host === "::1") return `http://[::1]:${port}`;
  return host === "127.0.0.1" || host === "localhost" ? `http://127.0.0.1:${port}` : console.url;
}
