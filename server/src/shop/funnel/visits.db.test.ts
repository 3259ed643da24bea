import { randomInt, randomUUID } from "node:crypto";
import { DomainError } from "@orderwatch/shared/problem.ts";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { findInDatabase } from "../../../test/canary.ts";
import { problemOf } from "../../../test/problem.ts";
import { openTestShopServer, type TestShopServer } from "../../../test/shop-server.ts";
import { originHeader, signOrigin } from "../../platform/origin.ts";
import { createVisitLog, forgetOldVisits } from "./actions.ts";

let shop: TestShopServer;

beforeAll(async () => {
  shop = await openTestShopServer();
  await shop.addProduct({ sku: "CARD", codes: 5 });
  await shop.addProduct({ sku: "OTHER" });
});
afterAll(() => shop.close());

const phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148";
let sent = 0;
const send = (body: unknown, headers: Record<string, string> = {}) => {
  sent += 1;
  const from = { "user-agent": phone, "x-forwarded-for": `203.0.113.${sent % 250}` };
  return shop.call("POST", "/api/beacons", { body, headers: { ...from, ...headers } });
};

const stepRows = async () => {
  const { rows } = await shop.db.sql.query<{ row: string }>(
    "select concat_ws(' ', session, step, nullif(sku, '')) as row from visit_steps where step <> 'refused' order by 1",
  );
  return rows.map(({ row }) => row);
};
const visitRows = async () => {
  const { rows } = await shop.db.sql.query<{ session: string }>(
    "select session from visits order by session",
  );
  return rows.map(({ session }) => session);
};

it("every step that was answered 204 is in the rows once, however many send at once and again", async () => {
  const sessions = Array.from({ length: 60 }, () => randomUUID());
  const wanted = { visits: new Set(await visitRows()), steps: new Set(await stepRows()) };
  const tries = Array.from({ length: 400 }, () => {
    const body = Array.from({ length: randomInt(1, 6) }, () => {
      const session = sessions[randomInt(sessions.length)] ?? "";
      const step = (["visit", "product", "checkout"] as const)[randomInt(3)] ?? "visit";
      return { session, step, ...(step === "visit" ? {} : { sku: ["CARD", "OTHER"][randomInt(2)] }) };
    });
    return async () => {
      const answer = await send(body);
      if (answer.status !== 204) return;
      for (const { session, step, sku } of body) {
        wanted.visits.add(session);
        if (step !== "visit") wanted.steps.add(`${session} ${step} ${sku}`);
      }
    };
  });
  await Promise.all(tries.map((each) => each()));
  expect(wanted.steps.size).toBeGreaterThan(100);
  expect(await visitRows()).toEqual([...wanted.visits].sort());
  expect((await stepRows()).sort()).toEqual([...wanted.steps].sort());
});

it("a visit keeps its first moment, its device and who it says to be; a forged origin is a buyer", async () => {
  const session = "visit-of-a-shopper";
  const origin = signOrigin(shop.keys, "simulated", "one");
  await send([{ session, step: "visit" }], { [originHeader]: origin });
  shop.clock.advance(60_000);
  await send([{ session, step: "visit" }], { "user-agent": "Mozilla/5.0 (Windows NT 10.0)" });
  await send([{ session: "visit-that-forges", step: "visit" }], { [originHeader]: `${origin}x` });
  const { rows } = await shop.db.sql.query(
    "select device, origin, began_at < $1::timestamptz as first from visits where session like 'visit-%' order by session",
    [shop.clock.now()],
  );
  expect(rows).toEqual([
    { device: "phone", origin: "simulated", first: true },
    { device: "phone", origin: "buyer", first: false },
  ]);
});

it("a refused order is a step of its visit, with the reason; its own name makes no visit", async () => {
  const body = {
    ...{ sku: "CARD", quantity: 6, paymentMethod: "wechat", contact: { phone: "13800138000" } },
    session: "visit-that-is-refused",
  };
  const answer = await shop.call("POST", "/api/orders", { body, key: randomUUID() });
  problemOf(answer, "stock.sold_out", 409);
  await vi.waitFor(async () => {
    const { rows } = await shop.db.sql.query(
      "select session, sku, code from visit_steps where step = 'refused'",
    );
    expect(rows).toEqual([{ session: body.session, sku: "CARD", code: "stock.sold_out" }]);
  });
  expect(await visitRows()).not.toContain(body.session);
});

it("a flood from one address or of one visit is turned away, and nobody else", async () => {
  const session = randomUUID();
  const twenty = (name: () => string) =>
    Array.from({ length: 20 }, () => ({ session: name(), step: "visit" }));
  const statuses: number[] = [];
  for (let n = 0; n < 11; n++) statuses.push((await send(twenty(() => session))).status);
  expect(statuses).toEqual([...Array.from({ length: 10 }, () => 204), 429]);
  const one = { "x-forwarded-for": "192.0.2.77" };
  const answers: number[] = [];
  for (let n = 0; n < 61; n++) answers.push((await send(twenty(randomUUID), one)).status);
  expect(answers.at(-2)).toBe(204);
  expect(answers.at(-1)).toBe(429);
  expect((await send([{ session: randomUUID(), step: "visit" }])).status).toBe(204);
});

it("R1: nothing of whoever visits is kept but the kind of their device", async () => {
  const canary = `canary-${randomUUID()}`;
  const headers = {
    "user-agent": `${phone} ${canary}`,
    "x-forwarded-for": "198.51.100.201",
    referer: `https://elsewhere.test/?q=${canary}`,
    cookie: `who=${canary}`,
  };
  expect((await send([{ session: randomUUID(), step: "product", sku: "CARD" }], headers)).status).toBe(204);
  expect(await findInDatabase(shop.db, [canary, "198.51.100.201"])).toEqual([]);
});

it("R1: what a client says in a product's place is kept of listed products alone, and its step counts all the same", async () => {
  const session = randomUUID();
  const number = "13987654321";
  const step = (sku: string) => ({ session, step: "product", sku });
  expect((await send([step(number), step("CARD")])).status).toBe(204);
  const body = { sku: number, quantity: 1, paymentMethod: "wechat", contact: {}, session };
  problemOf(await shop.call("POST", "/api/orders", { body, key: randomUUID() }), "product.not_found", 404);
  await vi.waitFor(async () => {
    const { rows } = await shop.db.sql.query(
      "select step, sku, code from visit_steps where session = $1 order by step, sku",
      [session],
    );
    expect(rows).toEqual([
      { step: "product", sku: "", code: "" },
      { step: "product", sku: "CARD", code: "" },
      { step: "refused", sku: "", code: "product.not_found" },
    ]);
  });
  expect(await findInDatabase(shop.db, [number])).toEqual([]);
});

it("a step whose product cannot be checked is refused, and nothing of it is kept", async () => {
  const session = randomUUID();
  const isListed = async () => Promise.reject(new DomainError("server.busy", "the list cannot be read"));
  const log = createVisitLog({ db: shop.db, isListed, at: () => null });
  const steps = [
    { session, step: "visit" as const },
    { session, step: "product" as const, sku: "CARD" },
  ];
  const from = { device: "phone", origin: "buyer" } as const;
  await expect(log.record(steps, from)).rejects.toMatchObject({ code: "server.busy" });
  await log.idle();
  expect(await visitRows()).not.toContain(session);
  expect((await stepRows()).filter((row) => row.startsWith(session))).toEqual([]);
});

it("old visits are forgotten with their steps, simulated ones sooner", async () => {
  const at = (days: number) => new Date(shop.clock.now().getTime() - days * 86_400_000);
  const old: [string, string, Date][] = [
    ["old-simulated", "simulated", at(8)],
    ["young-simulated", "simulated", at(6)],
    ["old-buyer", "buyer", at(91)],
    ["young-buyer", "buyer", at(89)],
  ];
  for (const [session, origin, began] of old) {
    await shop.db.sql.query("insert into visits values ($1, $2, 'phone', $3)", [session, began, origin]);
    await shop.db.sql.query("insert into visit_steps values ($1, 'product', 'CARD', '', $2)", [
      session,
      began,
    ]);
  }
  while ((await forgetOldVisits(shop)).more);
  const { rows } = await shop.db.sql.query<{ session: string }>(
    `select v.session from visits v join visit_steps s using (session)
      where session like 'old-%' or session like 'young-%' order by 1`,
  );
  expect(rows.map(({ session }) => session)).toEqual(["young-buyer", "young-simulated"]);
  expect(await shop.value("select count(*)::int from visit_steps where session like 'old-%'")).toBe(0);
});
