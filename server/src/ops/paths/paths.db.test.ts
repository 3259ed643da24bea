import type { Funnel, FunnelQuery } from "@orderwatch/shared/ops/funnel.ts";
import { type FunnelStep, funnelSteps } from "@orderwatch/shared/ops/funnel-steps.ts";
import type { DeviceClass } from "@orderwatch/shared/shop/beacons.ts";
import type { Origin, PaymentMethod } from "@orderwatch/shared/shop/orders.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestShop, orderBody, type TestShop } from "../../../test/order-backend.ts";
import { between, pick, seededRandom } from "../../sandbox/shoppers/random.ts";
import { createVisitLog, type VisitLog } from "../../shop/funnel/actions.ts";
import { listVisits, type PathsContext, readFunnel } from "./actions.ts";
import { createReferences } from "./references.ts";
import type { CountRow } from "./store.ts";

type Happening = { at: number; session: string } & (
  | { kind: "visit" | "product" | "checkout" | "refused"; sku: string; device: DeviceClass; origin: Origin }
  | { kind: "placed"; sku: string; method: PaymentMethod; origin: Origin }
  | { kind: "paid" | "delivered" }
);

let shop: TestShop;
let log: VisitLog;
let context: PathsContext;
const happened: Happening[] = [];
let from: number;
let to: number;
const minute = 60_000;

/** What 260 visitors do within three hours, of which the middle two are looked at; some of them lose beacons. */
function invent(start: number): Happening[] {
  const random = seededRandom(7);
  return Array.from({ length: 260 }, (_, n): Happening[] => {
    const session = `visit-${String(n).padStart(4, "0")}`;
    const device = pick<DeviceClass>(random, [
      ["phone", 6],
      ["desktop", 3],
      ["tablet", 1],
    ]);
    const origin = pick<Origin>(random, [
      ["buyer", 7],
      ["simulated", 2],
      ["drill", 1],
    ]);
    const method = pick<PaymentMethod>(random, [
      ["wechat", 1],
      ["alipay", 1],
    ]);
    const sku = pick(random, [
      ["A", 3],
      ["B", 2],
    ]);
    const far = Math.floor(between(random, 0, 7));
    const steps = ["visit", "product", "checkout", "placed", "paid", "delivered"] as const;
    let at = start + between(random, 0, 180) * minute;
    const path = steps.slice(0, far + 1).flatMap((kind, index): Happening[] => {
      at += between(random, 0.1, 8) * minute;
      const isLost = index < 3 && random() < 0.15;
      if (isLost) return [];
      if (kind === "placed") return [{ at, session, kind, sku, method, origin }];
      if (kind === "paid" || kind === "delivered") return [{ at, session, kind }];
      return [{ at, session, kind, sku, device, origin }];
    });
    const isRefused = far === 2 && random() < 0.5;
    return isRefused ? [...path, { at: at + minute, session, kind: "refused", sku, device, origin }] : path;
  })
    .flat()
    .sort((a, b) => a.at - b.at);
}

beforeAll(async () => {
  shop = await openTestShop();
  for (const sku of ["A", "B"]) await shop.addProduct({ sku, codes: 300 });
  log = createVisitLog({
    ...{ db: shop.db, at: () => shop.clock.now(), paceMs: 0 },
    isListed: async () => true,
  });
  context = { db: shop.db, past: createReferences<CountRow[]>() };
  const start = shop.clock.now().getTime();
  from = start + 30 * minute;
  to = start + 150 * minute;
  const ids = new Map<string, string>();
  for (const each of invent(start)) {
    shop.clock.advance(each.at - shop.clock.now().getTime());
    // What the clock says is whole milliseconds, and so is what is stored.
    happened.push({ ...each, at: shop.clock.now().getTime() });
    const { session, kind } = each;
    if ("method" in each) {
      const body = orderBody(each.sku, 1, { session, paymentMethod: each.method });
      const address = `198.51.100.${ids.size % 200}`;
      ids.set(session, (await shop.place({ body, origin: each.origin, address, key: `key-${session}` })).id);
    } else if (kind === "paid" || kind === "delivered")
      await shop.db.sql.query(`update orders set status = $2, ${kind}_at = $3 where id = $1`, [
        ids.get(session),
        kind,
        shop.clock.now(),
      ]);
    else if (each.kind === "refused") log.refused(session, [each.sku], "stock.sold_out");
    else if ("device" in each)
      await log.record([{ session, step: each.kind, ...(kind === "visit" ? {} : { sku: each.sku }) }], {
        device: each.device,
        origin: each.origin,
      });
    if (kind === "refused") await log.idle();
  }
}, 60_000);
afterAll(() => shop.close());

const query = (more: Partial<FunnelQuery> = {}): FunnelQuery => ({
  from: new Date(from).toISOString(),
  to: new Date(to).toISOString(),
  ...more,
});

/** The same, counted from what happened, visit by visit. */
function expected(more: Partial<FunnelQuery>) {
  const origins = more.origin ? [more.origin] : ["buyer", "simulated"];
  const bySession = Map.groupBy(happened, ({ session }) => session);
  const reached = new Map<string, { own: FunnelStep[]; device: DeviceClass; refused: boolean }>();
  for (const [session, all] of bySession) {
    const beacons = all.filter((each) => "device" in each && each.kind !== "refused");
    const [first] = beacons;
    if (!first || !("device" in first) || !origins.includes(first.origin)) continue;
    if (first.at < from || first.at >= to || (more.device && first.device !== more.device)) continue;
    const placed = all.find((each) => each.kind === "placed");
    const isMine =
      placed?.kind === "placed" &&
      (more.method === undefined || placed.method === more.method) &&
      (more.sku === undefined || placed.sku === more.sku);
    const own = all
      .filter((each) => each.at >= from && each.at < to)
      .flatMap((each): FunnelStep[] => {
        if (each.kind === "visit" || each.kind === "refused") return [];
        if (each.kind === "product" || each.kind === "checkout")
          return more.sku === undefined || each.sku === more.sku ? [each.kind] : [];
        return isMine ? [each.kind] : [];
      });
    reached.set(session, {
      own: ["visit", ...own],
      device: first.device,
      refused: all.some((each) => each.kind === "refused" && each.at < to),
    });
  }
  const last = (own: FunnelStep[]) => Math.max(...own.map((step) => funnelSteps.indexOf(step)));
  return {
    visits: reached,
    last,
    steps: funnelSteps.map((step, at) => {
      const far = [...reached.values()].filter(({ own }) => last(own) >= at);
      return { step, reached: far.length, inferred: far.filter(({ own }) => !own.includes(step)).length };
    }),
  };
}

const countsOf = (steps: Funnel["steps"]) =>
  steps.map(({ step, reached, inferred }) => ({ step, reached, inferred }));

describe("the funnel of a window equals what was told and what is in the rows", () => {
  it.each([
    {},
    { origin: "buyer" },
    { origin: "simulated" },
    { device: "phone" },
    { sku: "A" },
    { method: "alipay" },
    { sku: "B", device: "desktop", method: "wechat", origin: "buyer" },
  ] satisfies Partial<FunnelQuery>[])("%j", async (more) => {
    const funnel = await readFunnel(context, query(more));
    const wanted = expected(more);
    expect(countsOf(funnel.steps)).toEqual(wanted.steps);
    for (const { key, steps } of funnel.devices) {
      const device = key as DeviceClass;
      if (more.device === undefined) expect(countsOf(steps)).toEqual(expected({ ...more, device }).steps);
    }
    for (const { key, steps } of funnel.methods)
      expect(countsOf(steps)).toEqual(expected({ ...more, method: key as PaymentMethod }).steps.slice(3));
    for (const { key, steps } of funnel.products)
      expect(countsOf(steps)).toEqual(expected({ ...more, sku: key }).steps.slice(1));
    const sum = (groups: Funnel["devices"]) =>
      groups.reduce((all, each) => all + (each.steps[0]?.reached ?? 0), 0);
    expect(sum(funnel.devices)).toBe(funnel.steps[0]?.reached);
    expect(sum(funnel.methods)).toBe(funnel.steps[3]?.reached);
  });

  it("and says how many of the visits were simulated", async () => {
    const funnel = await readFunnel(context, query());
    expect(funnel.simulated).toBe(expected({ origin: "simulated" }).visits.size);
  });
});

it("a day that is counted in pieces counts the same visits, again as at first", async () => {
  const day = { from: new Date(from - 23 * 3_600_000).toISOString(), to: query().to };
  const first = await readFunnel(context, day);
  const whole = await shop.value<number>(
    "select count(*)::int from visits where began_at < $1 and origin <> 'drill'",
    [new Date(to)],
  );
  expect(first.steps[0]?.reached).toBe(whole);
  expect((await readFunnel(context, day)).steps).toEqual(first.steps);
  const found = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await listVisits(context, { ...day, limit: 30, ...(cursor ? { cursor } : {}) });
    for (const { session } of page.items) found.add(session);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  expect(found.size).toBe(whole);
});

it("every order of the window is counted once, apart where no visit is known for it", async () => {
  const { orders } = await readFunnel(context, query());
  const count = (column: string) =>
    shop.value<number>(
      `select count(*)::int from orders where ${column} < $2 and created_at >= $1 and created_at < $2 and origin <> 'drill'`,
      [new Date(from), new Date(to)],
    );
  expect(orders.ofVisits.placed + orders.withoutVisit.placed).toBe(await count("created_at"));
  expect(orders.ofVisits.paid + orders.withoutVisit.paid).toBe(await count("paid_at"));
  expect(orders.ofVisits.delivered + orders.withoutVisit.delivered).toBe(await count("delivered_at"));
  const known = new Set(
    happened.flatMap((each) => ("device" in each && each.kind !== "refused" ? [each.session] : [])),
  );
  const alone = happened.filter(
    (each) =>
      each.kind === "placed" &&
      each.origin !== "drill" &&
      each.at >= from &&
      each.at < to &&
      !known.has(each.session),
  );
  expect(orders.withoutVisit.placed).toBe(alone.length);
});

it("behind each step stand exactly its visits, page by page, each with its path and its orders", async () => {
  const { visits, last } = expected({});
  for (const reached of funnelSteps) {
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listVisits(context, {
        ...query(),
        reached,
        limit: 20,
        ...(cursor ? { cursor } : {}),
      });
      found.push(...page.items.map(({ session }) => session));
      cursor = page.nextCursor ?? undefined;
      for (const visit of page.items) {
        const all = happened.filter(({ session }) => session === visit.session);
        expect(visit.steps.map(({ step }) => step)).toEqual(
          all.flatMap(({ kind }) =>
            kind === "product" || kind === "checkout" || kind === "refused" ? [kind] : [],
          ),
        );
        expect(visit.orders).toHaveLength(all.filter(({ kind }) => kind === "placed").length);
      }
    } while (cursor !== undefined);
    const wanted = [...visits].flatMap(([session, { own }]) =>
      last(own) === funnelSteps.indexOf(reached) ? [session] : [],
    );
    expect([...found].sort()).toEqual(wanted.sort());
  }
  await expect(listVisits(context, { ...query(), limit: 5, cursor: "x" })).rejects.toMatchObject({
    code: "request.invalid",
  });
});

it("what stopped visits is counted by reason, and leads to them", async () => {
  const { visits } = expected({});
  const refused = [...visits].flatMap(([session, each]) =>
    each.refused && !each.own.includes("placed") ? [session] : [],
  );
  const { reasons } = await readFunnel(context, query());
  expect(reasons).toContainEqual({ step: "placed", code: "stock.sold_out", visits: refused.length });
  const { items } = await listVisits(context, { ...query(), code: "stock.sold_out", limit: 200 });
  expect(items.map(({ session }) => session).sort()).toEqual(refused.sort());
});

it("a window that is over never changes: what happens later is no part of it", async () => {
  const before = await readFunnel(context, query());
  shop.clock.advance(3_600_000);
  await shop.db.sql.query(
    "update orders set status = 'delivered', paid_at = coalesce(paid_at, $1), delivered_at = coalesce(delivered_at, $1)",
    [shop.clock.now()],
  );
  await log.record(
    [...expected({}).visits.keys()].slice(0, 20).map((session) => ({ session, step: "checkout", sku: "A" })),
    { device: "phone", origin: "buyer" },
  );
  expect((await readFunnel(context, query())).steps).toEqual(before.steps);
});

it("what is normal is learned first, then taken from the time before, then from the weeks before", async () => {
  const fresh = { db: shop.db, past: createReferences<CountRow[]>() };
  const later = (ms: number) => ({
    from: new Date(from + ms).toISOString(),
    to: new Date(to + ms).toISOString(),
  });
  expect(await readFunnel(fresh, query())).toMatchObject({ basis: "learning", weeks: 0 });
  expect((await readFunnel(fresh, query())).steps.every(({ change }) => change === null)).toBe(true);
  expect(await readFunnel(fresh, later(to - from))).toMatchObject({ basis: "before", weeks: 0 });
  const next = await readFunnel(fresh, later(7 * 86_400_000));
  expect(next).toMatchObject({ basis: "weeks", weeks: 1 });
});
