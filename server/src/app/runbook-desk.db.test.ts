import type { NodeSummary } from "@orderwatch/shared/live/frame.ts";
import type { RunbookRun, RunStep } from "@orderwatch/shared/ops/runbooks.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { orderBody } from "../../test/order-backend.ts";
import { openTestShopServer, type TestShopServer } from "../../test/shop-server.ts";
import { Hub } from "../live/hub.ts";
import { declare, type IncidentContext, readIncident } from "../ops/incidents/actions.ts";
import { createNotify } from "../ops/notify/actions.ts";
import { createThirdParty } from "../ops/third-parties/actions.ts";
import type { HttpRequest } from "../platform/http/message.ts";
import { readLevers } from "../shop/levers/actions.ts";
import { countOrderEvents } from "../shop/orders/counts.ts";
import { openBuyerDesk } from "./buyer-desk.ts";
import { openRunbookDesk } from "./runbook-desk.ts";

let shop: TestShopServer;
let hub: Hub;
let desk: Awaited<ReturnType<typeof openRunbookDesk>>;
let buyers: ReturnType<typeof openBuyerDesk>;
let incidents: IncidentContext;
let incidentId: string;
/** As the supervisor would carry it out: a promoted node is active, the other one stands by. */
let active = "shop-1";
const commanded: string[] = [];
const staff = {
  id: "staff-1",
  name: "Li Na",
  role: "admin",
  email: "x@example.com",
  sessionId: "s",
} as const;

const nodeOf = (id: string): NodeSummary => ({
  ...{ id, pid: 1, qps: 0, eventLoop: 0, inFlight: 0, ageS: 0 },
  state: id === active ? "active" : "standby",
});
const nodes = {
  list: () => [nodeOf("shop-1"), nodeOf("shop-2")],
  driver: null,
  async command(command: string, id: string) {
    commanded.push(`${command} ${id}`);
    if (command === "promote") active = id;
    else if (active === id) active = id === "shop-1" ? "shop-2" : "shop-1";
  },
};

beforeAll(async () => {
  shop = await openTestShopServer();
  await shop.addProduct({ sku: "CARD", codes: 2_000 });
  hub = new Hub({
    ...{ epoch: "test", sql: shop.db.sql, log: shop.log, stock: async () => [] },
    events: { count: (from, until) => countOrderEvents(shop.db.sql, from, until) },
    targets: { successRate: 0.98, latencyP99Ms: 200 },
    countWithinMs: 20_000,
  });
  await hub.start(shop.clock.now());
  incidents = { ...shop, on: {} };
  const notify = createNotify({ ...shop, channels: new Map(), fire: () => undefined });
  buyers = openBuyerDesk({ ...shop, notify, shopUrl: shop.shopUrl }, incidents);
  desk = await openRunbookDesk({ ...shop, hub, nodes }, incidents, buyers.door);
});
afterAll(async () => {
  await desk.close();
  await hub.stop(shop.clock.now());
  await shop.close();
});
beforeEach(async () => {
  incidentId = await declare(incidents, { staff }, { level: 2, title: "a test" });
});

/** Live seconds with so many orders in each. */
async function seconds(count: number, orders: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    shop.clock.advance(1_000);
    await Promise.all(
      Array.from({ length: orders }, (_, k) =>
        shop.place({ address: `10.8.${n}.${k}`, body: orderBody("CARD", 1) }),
      ),
    );
    await hub.tick(shop.clock.now());
  }
}
const request: HttpRequest = {
  ...{ id: "request-1", method: "POST", path: "/", target: "/", params: {}, headers: {} },
  ...{ query: new URLSearchParams(), address: "127.0.0.1", body: Buffer.alloc(0) },
};
const run = (slug: string, stepId: string, given: Partial<RunStep> = {}): Promise<RunbookRun> =>
  desk.handlers.runRunbookStep({
    ...{ params: { id: incidentId, stepId }, query: { slug }, body: { input: {}, ...given } },
    ...{ staff, request },
  });
async function stateOf(slug: string, stepId: string): Promise<RunbookRun["steps"][number]["run"]> {
  desk.tick(shop.clock.now());
  await desk.close();
  const view = await desk.handlers.readRunbook({
    ...{ params: { id: incidentId }, query: { slug } },
    body: undefined,
    request,
  });
  return view.steps.find(({ step }) => step.id === stepId)?.run ?? null;
}
const levers = () => readLevers(shop.db.sql);

describe("an acting step", () => {
  it("pauses a channel, stops the plan's clock, and resumes it by itself when sales fall", async () => {
    await seconds(15, 3);
    await run("payment-channel-failing", "pause-channel", { input: { channel: "alipay" } });
    expect((await levers()).paused).toEqual(["alipay"]);
    expect((await readIncident(incidents, incidentId)).planStartedAt).not.toBeNull();
    await seconds(30, 0);
    expect(await stateOf("payment-channel-failing", "pause-channel")).toMatchObject({
      ...{ state: "reverted", verdict: "worse" },
    });
    expect((await levers()).paused).toEqual([]);
    const { timeline } = await readIncident(incidents, incidentId);
    const types = timeline.map(({ type }) => type);
    for (const type of ["acting", "acted", "reverting", "reverted"])
      expect(types).toContain(`runbook.${type}`);
  });

  it.each([
    [
      "payment-channel-failing",
      "pause-channel",
      { channel: "wechat" },
      { paused: ["wechat"] },
      { paused: [] },
    ],
    ["supplier-failing", "limit-purchases", {}, { maxUnits: 1 }, { maxUnits: null }],
    ["attack", "shed-browsing", {}, { shed: "browse" }, { shed: "none" }],
    ["data-loss", "stop-orders", {}, { shed: "order" }, { shed: "none" }],
  ] as const)(
    "%s: %s acts, stays while figures are well, and a person takes it back",
    async (slug, step, input, is, was) => {
      await seconds(15, 2);
      await run(slug, step, { input });
      expect(await levers()).toMatchObject(is);
      await seconds(30, 2);
      expect(["confirmed", "done"]).toContain((await stateOf(slug, step))?.state);
      expect(await levers()).toMatchObject(is);
      await run(slug, step, { revert: true });
      expect(await levers()).toMatchObject(was);
    },
  );

  it("resumes a paused channel, and a person pauses it again", async () => {
    await run("payment-channel-failing", "pause-channel", { input: { channel: "alipay" } });
    await run("payment-channel-failing", "resume-channel", { input: { channel: "alipay" } });
    expect((await levers()).paused).toEqual([]);
    await run("payment-channel-failing", "resume-channel", { revert: true });
    expect((await levers()).paused).toEqual(["alipay"]);
    await run("payment-channel-failing", "pause-channel", { revert: true });
    expect((await levers()).paused).toEqual([]);
  });

  it.each([
    ["system-down", "promote-standby", "promote shop-2", "promote shop-1"],
    ["page-broken", "drain-one", "drain shop-1", "promote shop-1"],
  ])("%s: %s acts, and goes back when orders stop", async (slug, step, does, undoes) => {
    active = "shop-1";
    commanded.length = 0;
    await seconds(15, 3);
    await run(slug, step);
    expect(commanded).toEqual([does]);
    await seconds(20, 0);
    expect(await stateOf(slug, step)).toMatchObject({ state: "reverted" });
    expect(commanded).toEqual([does, undoes]);
  });

  it("that lost its process between writing down and doing is done by the next one, once", async () => {
    await run("payment-channel-failing", "pause-channel", { input: { channel: "alipay" } });
    await shop.db.sql.query(
      "update runbook_steps set state = 'acting', claimed_until = $2 where incident_id = $1",
      [incidentId, shop.clock.now()],
    );
    await shop.db.sql.query("update levers set paused = '{}'");
    shop.clock.advance(1_000);
    expect(await stateOf("payment-channel-failing", "pause-channel")).toMatchObject({ state: "watching" });
    expect((await levers()).paused).toEqual(["alipay"]);
    await run("payment-channel-failing", "pause-channel", { revert: true });
  });

  it("is executed once, however many press it at once", async () => {
    const all = await Promise.allSettled(
      Array.from({ length: 4 }, () => run("supplier-failing", "limit-purchases")),
    );
    expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await run("supplier-failing", "limit-purchases", { revert: true });
  });

  it("that calls a company stops the clock of its engagement; reconciling begins a run", async () => {
    const party = await createThirdParty(
      shop,
      { staff },
      {
        ...{ name: "Alipay", kind: "payment_company", label: "alipay" },
        ...{ contact: { phone: "95188" }, contract: { number: "A-1" } },
      },
    );
    await run("payment-channel-failing", "call-company", { input: { thirdParty: party.id }, answer: "T-7" });
    expect((await readIncident(incidents, incidentId)).thirdPartyEngagedAt).not.toBeNull();
    await run("payment-channel-failing", "reconcile", { input: { channel: "alipay" } });
    expect(await shop.value("select count(*)::int from reconciliation_runs")).toBe(1);
  });

  it("tells the buyers by the incident's own words, once, and says to how many", async () => {
    const bought = await shop.place({ address: "10.9.0.1", body: orderBody("CARD", 1) });
    await shop.place({ address: "10.9.0.2", body: orderBody("CARD", 1) });
    incidentId = await declare(incidents, { staff }, { level: 2, title: "a test", orderIds: [bought.id] });
    const view = await run("payment-channel-failing", "tell-buyers");
    const step = view.steps.find(({ step }) => step.id === "tell-buyers")?.run;
    expect(step).toMatchObject({ state: "done", revertible: false });
    expect(step?.consequence?.en).toMatch(/^tells the 1 affected buyers/);
    const listed = await buyers.handlers.listBuyerMessages({
      ...{ params: { id: incidentId }, query: undefined, body: undefined, request },
    });
    expect(listed.items).toMatchObject([{ kind: "trouble", state: "sent", author: { name: "Li Na" } }]);
    await expect(run("payment-channel-failing", "tell-buyers")).rejects.toMatchObject({
      code: "runbook.conflict",
    });
  });

  it("says in both languages what it would do, one way for each method, and why it cannot be done", async () => {
    const choicesOf = async (slug: string, stepId: string) => {
      const view = await desk.handlers.readRunbook({
        ...{ params: { id: incidentId }, query: { slug }, body: undefined, request },
      });
      return view.steps.find(({ step }) => step.id === stepId)?.choices ?? [];
    };
    const [wechat, alipay] = await choicesOf("payment-channel-failing", "pause-channel");
    expect([wechat?.input, alipay?.input]).toEqual([{ channel: "wechat" }, { channel: "alipay" }]);
    expect(alipay?.consequence?.["zh-CN"]).toMatch(/^新订单不能再用支付宝付款/);
    for (const { consequence, obstacle } of await choicesOf("payment-channel-failing", "resume-channel")) {
      expect(consequence).toBeNull();
      expect(obstacle?.["zh-CN"]).not.toMatch(/[a-z]{3}/i);
    }
    await run("payment-channel-failing", "pause-channel", { input: { channel: "alipay" } });
    expect(await choicesOf("payment-channel-failing", "pause-channel")).toEqual([]);
    await run("payment-channel-failing", "pause-channel", { revert: true });
  });
});
