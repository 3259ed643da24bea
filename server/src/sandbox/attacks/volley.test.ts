import { describe, expect, it } from "vitest";
import { createLog } from "../../platform/log.ts";
import { OutboundError } from "../../platform/outbound.ts";
import { type Shot, startVolley } from "./volley.ts";

const log = createLog({ level: "silent", name: "test" });
const patience = { timeout: 10_000 };

describe("O9: an attack", () => {
  it("sends no more requests than it may, and says so", async () => {
    let sent = 0;
    const volley = startVolley(
      async () => {
        sent += 1;
        return false;
      },
      { perSecond: 50, atMost: 7 },
      log,
    );
    await expect.poll(() => volley.detail(), patience).toBe("all 7 requests were sent");
    await volley.stop();
    expect(sent).toBe(7);
    expect(volley.touched()).toEqual({ orders: 0, buyers: 0, passes: 7 });
  });

  it("places no more orders than the blast radius has, whatever is under way, unanswered ones counted", async () => {
    const waiting: ((isOrder: boolean) => void)[] = [];
    let most = 0;
    const shoot: Shot = (number) => {
      if (number === 0) return Promise.reject(new OutboundError("timeout", "no answer"));
      return new Promise((resolve) => {
        waiting.push(resolve);
        most = Math.max(most, waiting.length);
      });
    };
    const volley = startVolley(shoot, { perSecond: 50, atMost: 100, orders: 4 }, log);
    await expect.poll(() => waiting.length, patience).toBe(3);
    // A refusal gives its place back.
    waiting.pop()?.(false);
    await expect.poll(() => volley.touched().passes, patience).toBe(5);
    for (const resolve of waiting) resolve(true);
    await expect.poll(() => volley.detail(), patience).toContain("blast radius of 4 orders");
    await volley.stop();
    expect(most).toBe(3);
    expect(volley.touched()).toEqual({ orders: 4, buyers: 0, passes: 5 });
  });

  it("ends what is under way when it is stopped", async () => {
    const volley = startVolley(
      (_number, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(new OutboundError("unavailable", "given up")));
        }),
      { perSecond: 50, atMost: 100 },
      log,
    );
    await expect.poll(() => volley.touched().passes, patience).toBeGreaterThan(2);
    await volley.stop();
    const { passes } = volley.touched();
    await volley.stop();
    expect(volley.touched().passes).toBe(passes);
  });
});
