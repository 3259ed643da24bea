import type { AddressInfo } from "node:net";
import { DomainError } from "@orderwatch/shared/problem.ts";
import { route } from "@orderwatch/shared/route.ts";
import { z } from "zod";
import type { Clock } from "../platform/clock.ts";
import type { Keys } from "../platform/crypto.ts";
import { LeaseBook } from "../platform/faults/lease-book.ts";
import { createAddressResolver } from "../platform/http/address.ts";
import { type Endpoint, endpoint } from "../platform/http/endpoint.ts";
import { createExpress } from "../platform/http/express.ts";
import { probeEndpoints } from "../platform/http/probes.ts";
import { createHttpServer, createServing } from "../platform/http/server.ts";
import type { NewId } from "../platform/ids.ts";
import type { Logger } from "../platform/log.ts";
import type { Registry } from "../platform/metrics.ts";
import { type SandboxKeys, sandboxSms } from "../platform/sandbox-keys.ts";
import { startAttack } from "./attacks/attacks.ts";
import { Behaviour, Behaviours } from "./behaviour.ts";
import { Callbacks } from "./callbacks.ts";
import { faultEndpoints } from "./faults/endpoints.ts";
import { createAlipayGateway } from "./gateways/alipay.ts";
import type { GatewayContext } from "./gateways/gateway.ts";
import { createPayerPage } from "./gateways/payer-page.ts";
import { createWechatGateway } from "./gateways/wechat.ts";
import { Ledger } from "./ledger.ts";
import { createPayer } from "./payer.ts";
import { createPushCompany } from "./push-company.ts";
import type { Shoppers } from "./shoppers/shoppers.ts";
import { createSmsCompany } from "./sms-company.ts";
import { createSupplier } from "./supplier.ts";

export interface SandboxOptions {
  keys: SandboxKeys;
  dataDir: string;
  /** 0 takes a free one. */
  port: number;
  /** The sandbox's own address as others are told it; from the port when absent. */
  url?: string;
  /** Where the shop answers on this machine. */
  shopUrl: string;
  /** Origins that payers may be sent back to. */
  shopOrigins: readonly string[];
  log: Logger;
  metrics: Registry;
  newId: NewId;
  clock: Clock;
  /** Numbers from 0 up to 1, for behaviour that hits a share of calls. */
  random(): number;
  /** What drills need; without it no lease is taken. `consoleUrl` and `paymentsUrl` as this machine reaches them. */
  faults?: { keys: Keys; consoleUrl: string; paymentsUrl: string };
}

export interface Sandbox {
  readonly url: string;
  /** Shoppers that a drill may have come more often; they end before the sandbox does. */
  lendShoppers(shoppers: Pick<Shoppers, "surge">): void;
  /** Stops listening, sends no more callbacks, and resolves when everything has ended. */
  close(): Promise<void>;
}

const behaviourList = z.object({ items: z.array(Behaviour), nextCursor: z.null() });
const behaviourRoutes = {
  read: route({ path: "GET /behaviour", summary: "What is out of the ordinary now", reply: behaviourList }),
  put: route({
    path: "PUT /behaviour",
    summary: "What a bad day at one company looks like, from now on",
    body: Behaviour,
    reply: behaviourList,
  }),
  end: route({
    path: "DELETE /behaviour",
    summary: "Every company back to an ordinary day",
    reply: z.undefined(),
    status: 204,
  }),
};

/** What is being answered when the sandbox stops has this long to end. */
const LAST_ANSWERS_MS = 2000;

/** Plays the payment companies, the supplier, an SMS and a push company, on loopback alone. */
export async function openSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { keys, log, clock } = options;
  const ledger = await Ledger.open(options.dataDir, log);
  const behaviours = new Behaviours(options.random);
  const callbacks = new Callbacks(behaviours, log);
  const serving = createServing({
    log,
    newId: options.newId,
    addressOf: createAddressResolver([]),
    metrics: options.metrics,
  });

  // The port is known only after listening, and the gateways put it into their addresses.
  let answer: Parameters<typeof createHttpServer>[0]["rest"] = (request, response) =>
    serving.refuse(new DomainError("server.busy", "Starting"), request, response);
  const server = createHttpServer({
    serving,
    hot: [],
    rest: (request, response) => answer(request, response),
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const url = options.url ?? `http://127.0.0.1:${port}`;

  let shoppers: Pick<Shoppers, "surge"> | undefined;
  const { faults, shopUrl } = options;
  const leases = new LeaseBook(clock, (lease) => {
    const { fault, radius } = lease;
    if (fault.kind === "surge") {
      if (!shoppers) throw new Error("no shoppers come here");
      return shoppers.surge(fault.factor, radius.orders, fault.byMinute);
    }
    if (fault.kind !== "attack" || !faults) throw new Error(`a fault of kind ${fault.kind} is not done here`);
    const attacked = { ...faults, shopUrl, sandboxUrl: `http://127.0.0.1:${port}`, sandboxKeys: keys };
    return startAttack({ ...attacked, taken: () => callbacks.taken, clock, log }, fault, lease);
  });
  const context: GatewayContext = { clock, ledger, behaviours, callbacks, url };
  const wechat = createWechatGateway(context, keys.wechat);
  const alipay = createAlipayGateway(context, keys.alipay);
  const gateways = { wechat, alipay };
  const endpoints: Endpoint[] = [
    ...probeEndpoints({
      whyNotReady: async () => undefined,
      metrics: options.metrics,
      metricsToken: undefined,
    }),
    ...behaviourEndpoints(behaviours),
    ...(faults
      ? faultEndpoints({ keys: faults.keys, book: leases, hasShoppers: () => shoppers !== undefined })
      : []),
    ...createPayer({ clock, ledger, gateways, shopUrl: options.shopUrl, url }),
    ...createPayerPage(context, options.shopOrigins),
    ...createSupplier(context, keys.supplier.key),
    ...createSmsCompany(context, sandboxSms(keys, url)),
    ...createPushCompany(context),
    ...wechat.endpoints,
    ...alipay.endpoints,
  ];
  const app = createExpress({ serving, endpoints, production: false });
  const hosts = new Set(["localhost", "127.0.0.1", "[::1]", new URL(url).hostname]);
  answer = (request, response) => {
    // A page that rebinds its own name to loopback still sends that name.
    if (hosts.has((request.headers.host ?? "").replace(/:\d+$/, ""))) app(request, response);
    else serving.refuse(new DomainError("request.origin_refused", "Not this host"), request, response);
  };

  for (const trade of ledger.unacknowledged()) gateways[trade.gateway].notifyPaid(trade);
  return {
    url,
    lendShoppers(lent) {
      shoppers = lent;
    },
    async close() {
      await leases.close();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      const patience = setTimeout(() => server.closeAllConnections(), LAST_ANSWERS_MS);
      await Promise.all([closed, callbacks.close()]);
      clearTimeout(patience);
      await server.settled();
      await ledger.close();
    },
  };
}

function behaviourEndpoints(behaviours: Behaviours): Endpoint[] {
  const list = () => ({ items: behaviours.list(), nextCursor: null });
  return [
    endpoint(behaviourRoutes.read, async () => list()),
    endpoint(behaviourRoutes.put, async ({ body }) => {
      behaviours.put(body);
      return list();
    }),
    endpoint(behaviourRoutes.end, async () => {
      behaviours.end();
      return undefined;
    }),
  ];
}
