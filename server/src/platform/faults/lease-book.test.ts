import type { FaultLease } from "@orderwatch/shared/ops/drill-faults.ts";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Activity } from "./activity.ts";
import { LeaseBook } from "./lease-book.ts";

const start = Date.parse("2026-03-02T00:00:00Z");
let begun: string[];
let stopped: string[];
let book: LeaseBook;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"], now: start });
  begun = [];
  stopped = [];
  book = new LeaseBook({ now: () => new Date() }, ({ id }): Activity => {
    begun.push(id);
    let isOver = false;
    return {
      touched: () => ({ orders: 1, buyers: 0, passes: 2 }),
      detail: () => undefined,
      async stop() {
        if (!isOver) stopped.push(id);
        isOver = true;
      },
    };
  });
});
afterEach(async () => {
  await book.close();
  vi.useRealTimers();
});

const id = "0195a000-0000-7000-8000-000000000001";
const lease = (afterMs: number): FaultLease => ({
  id,
  run: "0195a000-0000-7000-8000-000000000002",
  fault: { kind: "surge", factor: 2 },
  radius: { traffic: "synthetic", percent: 100, orders: 10, buyers: 0 },
  expiresAt: new Date(Date.now() + afterMs).toISOString(),
});

describe("O8: a lease", () => {
  it("ends by itself when nobody renews it, and tells what it had touched", () => {
    expect(book.grant(lease(6_000))).toMatchObject({ state: "active", touched: { orders: 1, passes: 2 } });
    vi.advanceTimersByTime(5_999);
    expect(stopped).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(stopped).toEqual([id]);
    expect(book.report(id)).toMatchObject({ state: "expired", touched: { orders: 1, passes: 2 } });
  });

  it("goes on while it is renewed, and renewing what has ended does not begin it again", () => {
    book.grant(lease(6_000));
    for (let renewals = 0; renewals < 10; renewals += 1) {
      vi.advanceTimersByTime(2_000);
      expect(book.renew(lease(6_000)).state).toBe("active");
    }
    vi.advanceTimersByTime(6_000);
    expect(book.renew(lease(6_000)).state).toBe("expired");
    expect(book.grant(lease(6_000)).state).toBe("expired");
    expect(begun).toEqual([id]);
    expect(stopped).toEqual([id]);
  });

  it("ends after a minute at the latest, whatever end it names", () => {
    book.grant(lease(3_600_000));
    vi.advanceTimersByTime(60_000);
    expect(stopped).toEqual([id]);
  });

  it("ends in time though this machine's clock is set back meanwhile", () => {
    book.grant(lease(6_000));
    vi.setSystemTime(start - 3_600_000);
    vi.advanceTimersByTime(6_000);
    expect(book.report(id).state).toBe("expired");
  });

  it("ends when it is reverted, once, and never begins when its grant comes later", async () => {
    book.grant(lease(6_000));
    expect(await book.revert(id)).toMatchObject({ state: "reverted" });
    expect(await book.revert(id)).toMatchObject({ state: "reverted" });
    expect(stopped).toEqual([id]);
    expect(book.renew(lease(6_000)).state).toBe("reverted");

    const late = { ...lease(6_000), id: "0195a000-0000-7000-8000-000000000003" };
    await book.revert(late.id);
    expect(book.grant(late).state).toBe("reverted");
    expect(begun).toEqual([id]);
  });

  it("that is not known here has ended, and renewing it does not begin it with fresh bounds", () => {
    expect(book.report(id).state).toBe("expired");
    expect(book.renew(lease(6_000)).state).toBe("expired");
    expect(book.grant(lease(-1)).state).toBe("expired");
    expect(begun).toEqual([]);
  });
});
