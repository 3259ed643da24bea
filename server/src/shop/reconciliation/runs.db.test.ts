import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openTestShop, orderBody, type TestShop } from "../../../test/order-backend.ts";
import { payFor } from "../../../test/pay.ts";
import { type Bill, type BillEntry, ProviderError, type Providers } from "../payments/actions.ts";
import { addDueRuns, listDifferences, listRuns, reconcileDue, startRun } from "./actions.ts";
import { boundsOf, dayAt, readyAt } from "./day-domain.ts";
import type { ReconcilerContext } from "./run-actions.ts";

const dayMs = 24 * 3_600_000;

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
  await shop.addProduct({ sku: "CARD", codes: 50, priceFen: 100 });
});
beforeEach(async () => {
  await shop.db.sql.query("truncate reconciliation_differences, reconciliation_runs, bill_rows cascade");
});
afterAll(() => shop.close());

/** A company that gives what it is told to, when it is told to; everything else about it is not asked for here. */
function node(bill: (day: string) => Promise<Bill | "being_made" | null>): ReconcilerContext {
  const provider = { method: "wechat", bill } as Required<Providers>["wechat"];
  return { ...shop, providers: { wechat: provider } };
}

const billOf = (entries: BillEntry[]): Bill => ({
  async *entries() {
    yield* entries;
  },
});
const stranger = (n: number, day: string): BillEntry => ({
  ...{
    kind: "payment",
    outTradeNo: `other-${String(n).padStart(6, "0")}`,
    tradeNo: `42${n}`,
    outRefundNo: null,
  },
  ...{ amountFen: 100, at: boundsOf(day).from, isFinal: true },
});
const nothing = async () => null;
const runs = async () => (await listRuns(shop, { limit: 200 })).items;
const toTenNextMorning = () => {
  const tenMs = readyAt(dayAt(shop.clock.now())).getTime();
  shop.clock.advance(tenMs - shop.clock.now().getTime());
};

describe("the days that are due", () => {
  it("have one run each, however many nodes look at the same moment and however often; missed days are made up for", async () => {
    await payFor(shop, [await shop.place({ body: orderBody("CARD") })]);
    const first = dayAt(shop.clock.now());
    toTenNextMorning();
    shop.clock.advance(2 * dayMs);
    await Promise.all(Array.from({ length: 8 }, () => addDueRuns(node(nothing))));
    expect((await runs()).map(({ day, state }) => [day, state])).toEqual(
      [2, 1, 0].map((after) => [dayAt(new Date(boundsOf(first).from.getTime() + after * dayMs)), "waiting"]),
    );
  });

  it("whose bill is late wait for it, and are told apart from days on which nothing moved", async () => {
    const day = dayAt(shop.clock.now());
    await payFor(shop, [await shop.place({ body: orderBody("CARD") })]);
    const { id } = await startRun(shop, { provider: "wechat", day, requestedBy: "Li Lei" });
    await reconcileDue(node(nothing));
    const read = async () => (await runs()).find((run) => run.id === id);
    expect(await read()).toMatchObject({
      ...{ state: "waiting", failure: "not_ready", nextAttemptAt: readyAt(day).toISOString() },
    });
    toTenNextMorning();
    await reconcileDue(node(nothing));
    expect(await read()).toMatchObject({ state: "waiting", failure: "not_ready" });
    shop.clock.advance(12 * 3_600_000);
    await reconcileDue(node(nothing));
    expect(await read()).toMatchObject({ state: "failed", failure: "missing", bill: null });

    const quiet = dayAt(shop.clock.now());
    shop.clock.advance(2 * dayMs);
    await startRun(shop, { provider: "wechat", day: quiet, requestedBy: "Li Lei" });
    await reconcileDue(node(nothing));
    expect((await runs()).find((run) => run.day === quiet)).toMatchObject({
      ...{ state: "done", bill: { payments: 0 }, ours: { payments: 0 }, differences: [] },
    });
  });
});

describe("a day", () => {
  const sold = async (): Promise<string> => {
    await payFor(shop, [await shop.place({ body: orderBody("CARD") })]);
    return dayAt(shop.clock.now());
  };
  const runOf = async (day: string) => (await runs()).find((run) => run.day === day);
  const laterMs = (ms: number) => shop.clock.advance(ms);

  it("that was compared before it was over is compared again once its bill is ready, by itself and once", async () => {
    const day = await sold();
    await startRun(shop, { provider: "wechat", day, requestedBy: "Li Lei" });
    await reconcileDue(node(async () => billOf([])));
    expect(await runOf(day)).toMatchObject({ state: "done", bill: { payments: 0 } });
    toTenNextMorning();
    await addDueRuns(node(nothing));
    expect(await runOf(day)).toMatchObject({ state: "waiting" });
    // Days before it, of other tests, have their turn first.
    const company = node(async (asked) => billOf(asked === day ? [stranger(1, day)] : []));
    while ((await reconcileDue(company)).more);
    expect(await runOf(day)).toMatchObject({ state: "done", bill: { payments: 1 } });
    await addDueRuns(node(nothing));
    expect(await runOf(day)).toMatchObject({ state: "done" });
  });

  it("that its company refuses is asked for again when its bill is ready, each hour until the evening, then it has failed", async () => {
    const day = await sold();
    await startRun(shop, { provider: "wechat", day, requestedBy: "Li Lei" });
    const refusing = node(() => Promise.reject(new ProviderError("refused", "not on this day")));
    await reconcileDue(refusing);
    const ready = readyAt(day);
    const waiting = (at: Date) => ({ state: "waiting", failure: "refused", nextAttemptAt: at.toISOString() });
    expect(await runOf(day)).toMatchObject(waiting(ready));
    toTenNextMorning();
    await reconcileDue(refusing);
    expect(await runOf(day)).toMatchObject(waiting(new Date(ready.getTime() + 3_600_000)));
    laterMs(12 * 3_600_000);
    await reconcileDue(refusing);
    expect(await runOf(day)).toMatchObject({ state: "failed", failure: "refused", nextAttemptAt: null });
  });

  it("whose bill the company still makes is never taken for one on which nothing moved", async () => {
    const quiet = dayAt(shop.clock.now());
    toTenNextMorning();
    laterMs(13 * 3_600_000);
    await startRun(shop, { provider: "wechat", day: quiet, requestedBy: "Li Lei" });
    await reconcileDue(node(async () => "being_made"));
    expect(await runOf(quiet)).toMatchObject({ state: "waiting", failure: "not_ready" });
  });

  it("of which a bill was read once has lost it, where there is none any more: what differed stays", async () => {
    const day = dayAt(shop.clock.now());
    toTenNextMorning();
    await startRun(shop, { provider: "wechat", day, requestedBy: "Li Lei" });
    await reconcileDue(node(async () => billOf([stranger(1, day)])));
    laterMs(13 * 3_600_000);
    await startRun(shop, { provider: "wechat", day, requestedBy: "Li Lei" });
    await reconcileDue(node(nothing));
    expect(await runOf(day)).toMatchObject({
      ...{ state: "failed", failure: "missing", differences: [{ kind: "unknown_trade", all: 1, open: 1 }] },
    });
    expect(await shop.value("select count(*)::int from bill_rows")).toBe(1);
  });

  it("on which the shop died is made up for, however long it was down", async () => {
    const day = await sold();
    laterMs(20 * dayMs);
    await addDueRuns(node(nothing));
    expect(await runOf(day)).toMatchObject({ state: "waiting" });
  });
});

describe("a comparison", () => {
  it("whose process dies is begun anew by another; what the first still writes counts for nothing", async () => {
    const day = dayAt(shop.clock.now());
    await startRun(shop, { provider: "wechat", day, requestedBy: "Li Lei" });
    let release: (bill: Bill) => void = () => undefined;
    const frozen = reconcileDue(node(() => new Promise((resolve) => (release = resolve))));
    await expect.poll(async () => (await runs())[0]?.state).toBe("running");
    expect(await reconcileDue(node(nothing))).toEqual({ more: false });
    await expect(startRun(shop, { provider: "wechat", day, requestedBy: "x" })).rejects.toMatchObject({
      code: "reconciliation.running",
    });

    shop.clock.advance(60_000);
    await reconcileDue(node(async () => billOf([stranger(1, day)])));
    const found = async () =>
      (await listDifferences(shop, (await runs())[0]?.id ?? "", { limit: 200, state: "all" })).items.map(
        ({ tradeNo, state }) => [tradeNo, state],
      );
    release(billOf([stranger(2, day), stranger(3, day)]));
    await frozen;
    expect(await runs()).toMatchObject([{ state: "done", bill: { payments: 1 } }]);
    expect(await found()).toEqual([["421", "open"]]);
    expect(await shop.value("select jsonb_agg(trade_no) from bill_rows")).toEqual(["421"]);
  });

  it("of more rows than are taken at a time finds each difference once, in pages that hold all of them", async () => {
    const day = dayAt(shop.clock.now());
    const many = Array.from({ length: 12_345 }, (_, n) => stranger(n, day));
    for (let pass = 0; pass < 2; pass += 1) {
      await startRun(shop, { provider: "wechat", day, requestedBy: "Li Lei" });
      await reconcileDue(node(async () => billOf(many)));
    }
    const [run] = await runs();
    expect(run).toMatchObject({
      ...{
        state: "done",
        rowsRead: 12_345,
        rowsCompared: 12_345,
        bill: { payments: 12_345, paidFen: 1_234_500 },
      },
      differences: [{ kind: "unknown_trade", all: 12_345, open: 12_345 }],
    });
    const seen = new Set<string>();
    for (let cursor: string | undefined; ; ) {
      const page = await listDifferences(shop, run?.id ?? "", { cursor, limit: 200, state: "all" });
      for (const { outTradeNo } of page.items) seen.add(outTradeNo);
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
    }
    expect(seen.size).toBe(12_345);
  });
});
