import { DomainError } from "@orderwatch/shared/problem.ts";
import { PublicStatus } from "@orderwatch/shared/shop/status.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../../../test/poll.ts";
import { countRead } from "../../../test/rows-read.ts";
import { openTestShopServer, type TestShopServer } from "../../../test/shop-server.ts";
import { changeLevers } from "../levers/actions.ts";
import { statusChanged } from "./actions.ts";
import { countOutcomes } from "./store.ts";
import { decideUpdate, listUpdates, writeUpdate } from "./update-actions.ts";

let shop: TestShopServer;
beforeAll(async () => {
  shop = await openTestShopServer();
  await shop.addProduct({ sku: "CARD", codes: 3 });
});
afterAll(() => shop.close());

const li = { id: "li", name: "Li Wei" };
const chen = { id: "chen", name: "Chen Jie" };
const both = (en: string) => ({ en, "zh-CN": `${en}（中文）` });
const update = (incidentId: string, needsApproval: boolean) => ({
  ...({
    incidentId,
    startedAt: shop.clock.now(),
    phase: "investigating",
    impact: { alipay: "down" },
  } as const),
  ...{ title: both("Alipay"), text: both("We look into it"), needsApproval },
});
const read = async () => {
  const answer = await shop.call("GET", "/api/status");
  expect(answer.headers.get("cache-control")).toBe("public, max-age=5");
  return PublicStatus.parse(answer.body);
};
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: unknown) => (error instanceof DomainError ? error.code : String(error)),
  );

it("a payment method that staff paused is read as limited", async () => {
  await changeLevers(
    shop.db.sql,
    { paused: ["wechat"], reason: "it fails" },
    { by: "li", at: shop.clock.now() },
  );
  statusChanged(shop.cache);
  await eventually("the paused method", async () =>
    (await read()).channels.some(({ method, status }) => method === "wechat" && status === "degraded"),
  );
  const back = { paused: [], reason: "it works" };
  await changeLevers(shop.db.sql, back, { by: "li", at: shop.clock.now() });
  statusChanged(shop.cache);
  await eventually("the resumed method", async () => (await read()).status === "operational");
});

describe("what the public is told", () => {
  it("a level-1 update waits for somebody else than its author, and is read by everybody from then on", async () => {
    const incidentId = shop.newId();
    const proposed = await writeUpdate(shop, li, update(incidentId, true));
    statusChanged(shop.cache);
    expect((await read()).incidents.current).toEqual([]);
    const publish = { incidentId, id: proposed.id, state: "published" } as const;
    expect(await codeOf(decideUpdate(shop, li, publish))).toBe("update.approval_needed");
    const results = await Promise.all([chen, chen].map((by) => codeOf(decideUpdate(shop, by, publish))));
    expect(results.sort()).toEqual(["done", "update.conflict"]);
    statusChanged(shop.cache);
    await eventually("the incident", async () => (await read()).incidents.current.length === 1);
    expect(await read()).toMatchObject({
      incidents: {
        current: [{ id: incidentId, title: both("Alipay"), updates: [{ phase: "investigating" }] }],
      },
    });
  });

  it("the database refuses what one person alone would publish, whatever the code does", async () => {
    const { id } = await writeUpdate(shop, li, update(shop.newId(), true));
    await expect(
      shop.db.sql.query(
        "update public_updates set state = 'published', decider_id = 'li', decider = 'x', published_at = now() where id = $1",
        [id],
      ),
    ).rejects.toThrow("public_updates_approved");
  });

  it("the all-clear moves an incident to the past; what was withdrawn is never shown", async () => {
    const incidentId = shop.newId();
    await writeUpdate(shop, li, update(incidentId, false));
    shop.clock.advance(60_000);
    const withdrawn = await writeUpdate(shop, li, update(incidentId, true));
    await decideUpdate(shop, li, { incidentId, id: withdrawn.id, state: "withdrawn" });
    await writeUpdate(shop, li, { ...update(incidentId, false), phase: "resolved" });
    expect(await listUpdates(shop, incidentId)).toHaveLength(3);
    statusChanged(shop.cache);
    await eventually("the past", async () => (await read()).incidents.past.length === 1);
    const [past] = (await read()).incidents.past;
    expect(past).toMatchObject({ id: incidentId, resolvedAt: shop.clock.now().toISOString() });
    expect(past?.updates.map(({ phase }) => phase)).toEqual(["resolved", "investigating"]);
  });

  it("an update of another incident is not found", async () => {
    const { id } = await writeUpdate(shop, li, update(shop.newId(), true));
    const wanted = { incidentId: shop.newId(), id, state: "published" } as const;
    expect(await codeOf(decideUpdate(shop, chen, wanted))).toBe("update.not_found");
  });
});

it("what a busy shop says of its last minutes is read from its newest events alone", async () => {
  const at = shop.clock.now();
  const add = (n: number, type: string, agoMs: number) =>
    shop.db.sql.query(
      `insert into order_events (id, order_id, type, status, method, origin, at)
        select uuidv7($2::timestamptz - clock_timestamp()), uuidv7(), $3, 'paid', 'alipay', 'buyer', $2 from generate_series(1, $1::int)`,
      [n, new Date(at.getTime() - agoMs), type],
    );
  await add(2_000, "paid", 120_000);
  await add(20_000, "delivered", 60_000);
  await shop.db.sql.query("vacuum analyze order_events");
  const { value, read } = await countRead(shop.db, "order_events_2%", (sql) =>
    countOutcomes(sql, new Date(at.getTime() - 300_000)),
  );
  expect(value.find(({ method }) => method === "alipay")).toMatchObject({ paid: 0, delivered: 20_000 });
  expect(read).toBeLessThan(20_100);
});
