import { randomUUID } from "node:crypto";
import type { ActStep, StepInput } from "@orderwatch/shared/ops/runbooks.ts";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { orderBody } from "../../test/order-backend.ts";
import { openTestDesk, type TestDesk } from "../../test/runbook-desk.ts";
import { readIncident } from "../ops/incidents/actions.ts";
import { readRunbooks } from "../ops/runbooks/actions.ts";
import { createThirdParty } from "../ops/third-parties/actions.ts";
import { announceLevers, changeLevers } from "../shop/levers/actions.ts";

let the: TestDesk;
beforeAll(async () => {
  the = await openTestDesk();
});
afterAll(() => the.close());

let buyers = 0;
/** The status that a buyer gets, by the shop's own port and gate. */
const order = async (quantity: number, paymentMethod: "wechat" | "alipay") =>
  (
    await the.shop.call("POST", "/api/orders", {
      key: randomUUID(),
      body: orderBody("CARD", quantity, { paymentMethod }),
      headers: { "x-forwarded-for": `10.9.${(++buyers >> 8) & 255}.${buyers & 255}` },
    })
  ).status;
const browse = async () => (await the.shop.call("GET", "/api/products")).status;
const staff = { id: "staff-1", name: "Li Na" };

async function setLevers(change: Omit<Parameters<typeof changeLevers>[1], "reason">): Promise<void> {
  const by = { by: "a test", at: the.shop.clock.now() };
  await changeLevers(the.shop.db.sql, { ...change, reason: "a test" }, by);
  announceLevers(the.shop.cache);
}
const rest = () => setLevers({ paused: [], maxUnits: null, limitFactor: null, shed: "none" });

/** How a deed shows where it matters: a probe of the real thing, what it says before, and what it says after. */
interface Effect {
  ready?: () => Promise<unknown>;
  input?: () => StepInput;
  orderIds?: () => Promise<string[]>;
  look: (incidentId: string) => Promise<unknown>;
  was: unknown;
  is: unknown;
}
let partyId = "";
const callOf = (kind: "payment_company" | "supplier" | "cloud"): Effect => ({
  ready: async () => {
    const party = { name: `a ${kind}`, kind, label: kind, contact: { phone: "95188" }, contract: {} };
    partyId = (await createThirdParty(the.shop, { staff }, party)).id;
  },
  input: () => ({ thirdParty: partyId }),
  look: async (id) => (await readIncident(the.incidents, id)).thirdPartyEngagedAt !== null,
  ...{ was: false, is: true },
});
let day = 0;
const dayBefore = (days: number) =>
  new Date(the.shop.clock.now().getTime() - (days + 1) * 86_400_000).toISOString().slice(0, 10);
const effects: Record<string, Effect> = {
  'pause_channel {"channel":"alipay"}': { look: () => order(1, "alipay"), was: 201, is: 503 },
  'resume_channel {"channel":"alipay"}': {
    ready: () => setLevers({ paused: ["alipay"] }),
    ...{ look: () => order(1, "alipay"), was: 503, is: 201 },
  },
  'limit_purchases {"maxUnits":1}': { look: () => order(2, "wechat"), was: 201, is: 409 },
  'shed_load {"shed":"browse"}': { look: browse, was: 200, is: 503 },
  'shed_load {"shed":"order"}': { look: () => order(1, "wechat"), was: 201, is: 503 },
  "promote_standby {}": { look: async () => the.supervised.active(), was: "shop-1", is: "shop-2" },
  "drain_node {}": { look: async () => the.supervised.active(), was: "shop-1", is: "shop-2" },
  'call_third_party {"kind":"payment_company"}': callOf("payment_company"),
  'call_third_party {"kind":"supplier"}': callOf("supplier"),
  'call_third_party {"kind":"cloud"}': callOf("cloud"),
  "tell_buyers {}": {
    orderIds: async () => [(await the.shop.order("CARD")).id],
    look: async (id) => (await the.messages(id)).map(({ kind, state }) => `${kind} ${state}`),
    ...{ was: [], is: ["trouble sent"] },
  },
  'run_reconciliation {"channel":"alipay"}': {
    ready: async () => {
      day += 1;
    },
    input: () => ({ channel: "alipay", day: dayBefore(day) }),
    look: () =>
      the.shop.value("select count(*)::int from reconciliation_runs where day = $1", [dayBefore(day)]),
    ...{ was: 0, is: 1 },
  },
};
const ofChannel = /channel|reconciliation/;
/** What tells one deed of the runbooks from another: the action and what its file fills in. */
const nameOf = ({ action, with: given }: ActStep) =>
  `${action} ${JSON.stringify(ofChannel.test(action) ? { ...given, channel: "alipay" } : given)}`;

/** Each acting step of each shipped runbook. Two of the same deed and the same figures are one. */
const steps = new Map<string, { slug: string; step: ActStep; name: string }>();
for (const { slug, steps: all } of (await readRunbooks()).values())
  for (const step of all)
    if (step.does === "act") {
      const name = nameOf(step);
      const key = `${name} ${JSON.stringify(step.verify?.figures ?? [])}`;
      if (!steps.has(key)) steps.set(key, { slug, step, name });
    }

async function begin({ slug, step, name }: { slug: string; step: ActStep; name: string }) {
  const effect = effects[name];
  if (!effect) throw new Error(`no effect is known of ${name}`);
  await rest();
  the.supervised.setActive("shop-1");
  await effect.ready?.();
  const orderIds = await effect.orderIds?.();
  const incidentId = await the.declare(orderIds === undefined ? {} : { orderIds });
  const shows = (what: unknown) =>
    vi.waitFor(async () => expect(await effect.look(incidentId)).toEqual(what), {
      ...{ timeout: 5_000, interval: 50 },
    });
  const input = effect.input?.() ?? (ofChannel.test(step.action) ? { channel: "alipay" as const } : {});
  await shows(effect.was);
  return {
    ...{ incidentId, effect, shows },
    run: () => the.run(incidentId, slug, step.id, { input }),
    takeBack: () => the.run(incidentId, slug, step.id, { revert: true }),
    state: () => the.stateOf(incidentId, slug, step.id),
    choices: () => the.choicesOf(incidentId, slug, step.id),
  };
}
type Case = typeof steps extends Map<string, infer V> ? V : never;
const cases = [...steps.values()];
const title = ({ slug, step, name }: Case): [string, string, Case] => [
  `${slug}/${step.id}`,
  name,
  { slug, step, name },
];
const lasting = new Set(["call_third_party", "tell_buyers", "run_reconciliation"]);
const reversible = cases.filter(({ step }) => !lasting.has(step.action));

describe("a deed of the shipped runbooks", () => {
  it.each(reversible.map(title))("%s: %s shows to buyers, and a person takes it back", async (_, __, one) => {
    const { run, takeBack, shows, effect, choices, state } = await begin(one);
    const takenBack = one.step.verify ? "by_itself" : "by_hand";
    for (const choice of await choices())
      expect(choice.takenBack).toBe(choice.obstacle === null ? takenBack : null);
    await run();
    await shows(effect.is);
    expect(await state()).toMatchObject({ revertible: true, takenBack });
    await takeBack();
    await shows(effect.was);
    expect(await state()).toMatchObject({ state: "reverted" });
  });

  it.each(reversible.filter(({ step }) => step.verify).map(title))(
    "%s: %s stays while sales are well, and goes back by itself when they stop",
    async (_, __, one) => {
      // The probes of another test are not to be among the figures of before.
      await the.quiet(16);
      await the.trade(20, { paid: true });
      const well = await begin(one);
      await well.run();
      await the.quiet(one.step.verify?.afterS ?? 0);
      await the.trade(20, { paid: true });
      expect(await well.state()).toMatchObject({ state: "confirmed" });
      await well.shows(well.effect.is);

      await the.quiet(16);
      await the.trade(20, { paid: true });
      const ill = await begin(one);
      await ill.run();
      await ill.shows(ill.effect.is);
      await the.quiet((one.step.verify?.afterS ?? 0) + 1);
      expect(await ill.state()).toMatchObject({ state: "reverted", verdict: "worse" });
      await ill.shows(ill.effect.was);
    },
  );

  it.each(cases.filter(({ step }) => lasting.has(step.action)).map(title))(
    "%s: %s takes effect, and says before and after that nothing takes it back",
    async (_, __, one) => {
      const { run, takeBack, shows, effect, choices, state } = await begin(one);
      for (const choice of await choices()) expect(choice.takenBack).toBe("never");
      await run();
      await shows(effect.is);
      expect(await state()).toMatchObject({ state: "done", revertible: false, takenBack: "never" });
      await expect(takeBack()).rejects.toMatchObject({ code: "runbook.conflict" });
    },
  );

  it("that promotes where no node was active cannot be taken back, and says so when it got no better", async () => {
    await rest();
    await the.trade(20, { paid: true });
    the.supervised.setActive(null);
    const incidentId = await the.declare();
    const [choice] = await the.choicesOf(incidentId, "system-down", "promote-standby");
    expect(choice).toMatchObject({ takenBack: "never" });
    await the.run(incidentId, "system-down", "promote-standby");
    expect(the.supervised.active()).toBe("shop-1");
    await the.quiet(20);
    const run = await the.stateOf(incidentId, "system-down", "promote-standby");
    expect(run).toMatchObject({ state: "confirmed", verdict: "worse", takenBack: "never" });
    expect(run?.outcome).toMatchObject({
      "zh-CN": expect.stringContaining("不能撤回"),
      en: expect.stringContaining("cannot be taken back"),
    });
    expect(the.supervised.commanded).toEqual(["promote shop-1"]);
  });

  it("whose console dies while its figures are watched is judged by the next one, and goes back", async () => {
    const limit = cases.find(({ step }) => step.action === "limit_purchases");
    if (!limit) throw new Error("no runbook limits purchases");
    await the.trade(20, { paid: true });
    const { run, shows, effect, state } = await begin(limit);
    await run();
    await shows(effect.is);
    await the.quiet(3);
    await the.restart();
    // The next console knows too few seconds at first: it waits, and does not guess.
    the.shop.clock.advance(30_000);
    expect(await state()).toMatchObject({ state: "watching" });
    await the.quiet(16);
    expect(await state()).toMatchObject({ state: "reverted", verdict: "worse" });
    await shows(effect.was);
  });

  it("that a console began to take back and did not end is taken back by the next one", async () => {
    const limit = cases.find(({ step }) => step.action === "limit_purchases");
    if (!limit) throw new Error("no runbook limits purchases");
    const { run, incidentId, shows, effect, state } = await begin(limit);
    await run();
    await shows(effect.is);
    await the.shop.db.sql.query(
      "update runbook_steps set state = 'reverting', claimed_until = $2 where incident_id = $1",
      [incidentId, the.shop.clock.now()],
    );
    await the.restart();
    expect(await state()).toMatchObject({ state: "reverted" });
    await shows(effect.was);
  });

  it("O10: shoppers who go on do not hide that buyers stopped, unless the incident is the shoppers' own", async () => {
    const pause = cases.find(({ step }) => step.action === "pause_channel");
    if (!pause) throw new Error("no runbook pauses a channel");
    await the.trade(20, { paid: true });
    const { run, state, shows, effect } = await begin(pause);
    await run();
    await shows(effect.is);
    await the.quiet(29);
    await the.trade(40, { paid: true, origin: "simulated" });
    expect(await state()).toMatchObject({
      ...{ state: "reverted", verdict: "worse" },
      after: { audience: "buyers", placed: 0, paid: 0 },
    });
    await shows(effect.was);

    await the.trade(20, { paid: true, origin: "simulated" });
    const drill = await begin(pause);
    await the.shop.db.sql.query("update incidents set drill = true where id = $1", [drill.incidentId]);
    await drill.run();
    await the.quiet(30);
    await the.trade(40, { paid: true, origin: "simulated" });
    expect(await drill.state()).toMatchObject({ state: "confirmed", after: { audience: "everybody" } });
  });
});
