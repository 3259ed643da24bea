import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openTestDesk, type TestDesk } from "../../test/runbook-desk.ts";
import { readIncident } from "../ops/incidents/actions.ts";
import { readLevers } from "../shop/levers/actions.ts";

let the: TestDesk;
let incidentId: string;
beforeAll(async () => {
  the = await openTestDesk();
});
afterAll(() => the.close());
beforeEach(async () => {
  incidentId = await the.declare();
});
const run = (slug: string, stepId: string, given?: Parameters<TestDesk["run"]>[3]) =>
  the.run(incidentId, slug, stepId, given);
const stateOf = (slug: string, stepId: string) => the.stateOf(incidentId, slug, stepId);
const choicesOf = (slug: string, stepId: string) => the.choicesOf(incidentId, slug, stepId);
const levers = () => readLevers(the.shop.db.sql);

describe("an acting step", () => {
  it("pauses a channel, stops the plan's clock, and resumes it by itself when sales fall", async () => {
    await the.trade(45);
    await run("payment-channel-failing", "pause-channel", { input: { channel: "alipay" } });
    expect((await levers()).paused).toEqual(["alipay"]);
    expect((await readIncident(the.incidents, incidentId)).planStartedAt).not.toBeNull();
    await the.quiet(30);
    expect(await stateOf("payment-channel-failing", "pause-channel")).toMatchObject({
      ...{ state: "reverted", verdict: "worse" },
    });
    expect((await levers()).paused).toEqual([]);
    const { timeline } = await readIncident(the.incidents, incidentId);
    const types = timeline.map(({ type }) => type);
    for (const type of ["acting", "acted", "reverting", "reverted"])
      expect(types).toContain(`runbook.${type}`);
  });

  it("that lost its process between writing down and doing is done by the next one, once", async () => {
    await run("payment-channel-failing", "pause-channel", { input: { channel: "alipay" } });
    await the.shop.db.sql.query(
      "update runbook_steps set state = 'acting', claimed_until = $2 where incident_id = $1",
      [incidentId, the.shop.clock.now()],
    );
    await the.shop.db.sql.query("update levers set paused = '{}'");
    the.shop.clock.advance(1_000);
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

  it("tells the buyers by the incident's own words, once, and says to how many", async () => {
    const bought = await the.shop.order("CARD");
    await the.shop.order("CARD");
    incidentId = await the.declare({ orderIds: [bought.id] });
    const view = await run("payment-channel-failing", "tell-buyers");
    const step = view.steps.find(({ step }) => step.id === "tell-buyers")?.run;
    expect(step).toMatchObject({ state: "done", revertible: false });
    expect(step?.consequence?.en).toMatch(/^tells the 1 affected buyers/);
    expect(await the.messages(incidentId)).toMatchObject([
      { kind: "trouble", state: "sent", author: { name: "Li Na" } },
    ]);
    await expect(run("payment-channel-failing", "tell-buyers")).rejects.toMatchObject({
      code: "runbook.conflict",
    });
  });

  it("says in both languages what it would do, one way for each method, and why it cannot be done", async () => {
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
