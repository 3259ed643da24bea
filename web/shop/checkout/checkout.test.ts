import { ProblemError } from "@orderwatch/shared/client.ts";
import type { Product } from "@orderwatch/shared/shop/catalog.ts";
import { PlaceOrder } from "@orderwatch/shared/shop/orders.ts";
import { describe, expect, test } from "vitest";
import { openStorage } from "../device/storage.ts";
import { beginAttempt, endAttempt, pausesMs, sendPatiently, verdictOf } from "./attempt.ts";
import { type Draft, flawsIn, flawsOf, orderBody, startDraft } from "./draft.ts";
import { clampQuantity, mostOf, totalFen } from "./quantity.ts";

const product: Product = { sku: "steam-50", name: "Steam 50", priceFen: 4_950, kind: "code", stock: "in" };
const recharge: Product = { ...product, sku: "qq-10", kind: "recharge" };
const draft: Draft = { quantity: 2, phone: "138 0000 0000", email: "", account: "", method: "wechat" };

const problem = (status: number, code: string) =>
  new ProblemError({ type: "about:blank", title: "", status, code, detail: "", requestId: "r" });

describe("quantity and price", () => {
  test("a quantity is a whole number from one to the product's limit", () => {
    expect([0, -3, 1.9, 7, Number.NaN, 1e9].map((n) => clampQuantity(n, { limit: 5 }))).toEqual([
      1, 1, 1, 5, 1, 5,
    ]);
    expect(mostOf({})).toBe(100);
    expect(mostOf({ limit: 1_000 })).toBe(100);
  });

  test("P7: the total is the price times the quantity, in whole fen", () => {
    expect(totalFen({ priceFen: 1_999 }, 3)).toBe(5_997);
    expect(Number.isInteger(totalFen({ priceFen: 10_000_000 }, 100))).toBe(true);
  });
});

describe("the draft", () => {
  test("a way to reach the buyer is needed, and each way must look like one", () => {
    expect(flawsOf(draft, product)).toEqual({});
    expect(flawsOf({ ...draft, phone: " " }, product)).toEqual({ phone: "missing" });
    expect(flawsOf({ ...draft, phone: "12", email: "a@b" }, product)).toEqual({
      phone: "malformed",
      email: "malformed",
    });
    expect(flawsOf({ ...draft, phone: "", email: "a@b.cn" }, product)).toEqual({});
  });

  test("a recharge needs the account to recharge", () => {
    expect(flawsOf(draft, recharge)).toEqual({ account: "missing" });
    expect(flawsOf({ ...draft, account: "10001" }, recharge)).toEqual({});
  });

  test("what it sends is what the contract takes, with the amount that the buyer saw", () => {
    const from = { session: "0123456789abcdef", language: "en" } as const;
    const sent = orderBody({ ...draft, account: " 10001 " }, recharge, from);
    expect(PlaceOrder.parse(sent)).toEqual({
      items: [{ sku: "qq-10", quantity: 2 }],
      paymentMethod: "wechat",
      contact: { phone: "138 0000 0000" },
      rechargeAccount: "10001",
      session: "0123456789abcdef",
      expectedAmountFen: 9_900,
      language: "en",
    });
    expect(orderBody(draft, product, { session: "0123456789abcdef" })).not.toHaveProperty("rechargeAccount");
  });

  test("starts from what the device remembers", () => {
    const details = { phone: "1", email: "2", method: "alipay", accounts: { "qq-10": "10001" } } as const;
    expect(startDraft({ ...recharge, limit: 3 }, details, 9)).toEqual({
      quantity: 3,
      phone: "1",
      email: "2",
      account: "10001",
      method: "alipay",
    });
  });

  test("a server's complaint lands on the field that it speaks of", () => {
    const errors = [
      { path: "contact.email", message: "" },
      { path: "rechargeAccount", message: "" },
    ];
    expect(flawsIn({ errors })).toEqual({ email: "malformed", account: "malformed" });
    expect(flawsIn({})).toEqual({});
  });
});

describe("an attempt at an order", () => {
  const run = async (answers: (Error | string)[]) => {
    const waits: number[] = [];
    const repeats: number[] = [];
    let tries = 0;
    const outcome = await sendPatiently(
      async () => {
        const answer = answers[tries++];
        if (answer === undefined) throw new Error("asked too often");
        if (typeof answer !== "string") throw answer;
        return answer;
      },
      {
        wait: async (ms) => void waits.push(ms),
        onRepeat: (repeat) => void repeats.push(repeat),
      },
    ).catch((error: Error) => error);
    return { outcome, tries, waits, repeats };
  };
  const lost = new TypeError("Failed to fetch");
  const busy = problem(503, "server.busy");

  test("is repeated three times, a second apart, while nobody answers", async () => {
    expect(await run([lost, busy, lost, lost])).toEqual({
      outcome: lost,
      tries: 4,
      waits: [1_000, 1_000, 1_000],
      repeats: [1, 2, 3],
    });
    expect(pausesMs).toHaveLength(3);
  });

  test("ends with the first answer, welcome or not", async () => {
    expect(await run([lost, "placed"])).toMatchObject({ outcome: "placed", tries: 2 });
    const soldOut = problem(409, "stock.sold_out");
    expect(await run([busy, soldOut])).toMatchObject({ outcome: soldOut, tries: 2 });
    const channel = problem(503, "payment.channel_unavailable");
    expect(await run([channel])).toMatchObject({ outcome: channel, tries: 1 });
    const failed = problem(500, "server.failed");
    expect(await run([failed])).toMatchObject({ outcome: failed, tries: 1 });
  });

  test("only a refusal says that there is no order", () => {
    expect(verdictOf(problem(429, "risk.too_many_requests"))).toBe("refused");
    expect(verdictOf(problem(500, "server.failed"))).toBe("unclear");
    expect(verdictOf(problem(502, "server.busy"))).toBe("unanswered");
    expect(verdictOf(new DOMException("timed out", "TimeoutError"))).toBe("unanswered");
  });

  const storageOver = (raw: Map<string, string>) =>
    openStorage(() => ({
      getItem: (key) => raw.get(key) ?? null,
      setItem: (key, value) => void raw.set(key, value),
      removeItem: (key) => void raw.delete(key),
    }));

  test("A2: keeps its key until it is answered, across a reload of the page", () => {
    const raw = new Map<string, string>();
    let made = 0;
    const clock = (now: number) => ({ now, newKey: () => `key-${++made}` });
    const body = orderBody(draft, product, { session: "first-visit" });
    const first = beginAttempt(storageOver(raw), body, clock(0));
    const reloaded = { ...body, session: "second-visit", language: "en" } as const;
    const again = beginAttempt(storageOver(raw), reloaded, clock(60_000));
    expect(again).toEqual(first);
    endAttempt(storageOver(raw));
    expect(beginAttempt(storageOver(raw), body, clock(61_000)).key).toBe("key-2");
  });

  test("A2: another order, or a wish of long ago, gets a key of its own", () => {
    const storage = storageOver(new Map());
    let made = 0;
    const clock = (now: number) => ({ now, newKey: () => `key-${++made}` });
    const body = orderBody(draft, product, { session: "visit" });
    expect(beginAttempt(storage, body, clock(0)).key).toBe("key-1");
    expect(beginAttempt(storage, { ...body, paymentMethod: "alipay" }, clock(1)).key).toBe("key-2");
    expect(beginAttempt(storage, { ...body, paymentMethod: "alipay" }, clock(300_001)).key).toBe("key-3");
  });
});
