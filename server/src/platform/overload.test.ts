import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isRefused, type Load, priorities } from "./overload.ts";

const share = fc.double({ min: 0, max: 10, noNaN: true });
const load: fc.Arbitrary<Load> = fc.record({
  orders: share,
  eventLoop: share,
  requests: share,
  database: share,
});
const refusedAt = (now: Load) => priorities.filter((priority) => isRefused(priority, now));

describe("under any load", () => {
  it("who is refused finds everything cheaper refused as well", () => {
    fc.assert(
      fc.property(load, (now) => {
        const refused = refusedAt(now);
        expect(refused).toEqual(priorities.slice(0, refused.length));
      }),
    );
  });

  it("more of it never lets in what less of it refused", () => {
    fc.assert(
      fc.property(
        load,
        fc.constantFrom("orders", "eventLoop", "requests", "database"),
        share,
        (now, key, more) => {
          const heavier = { ...now, [key]: now[key] + more };
          expect(refusedAt(heavier)).toEqual(expect.arrayContaining(refusedAt(now)));
        },
      ),
    );
  });
});

describe("as the load grows", () => {
  it.each([
    [0.7, []],
    [0.9, ["browse"]],
    [1.2, ["browse", "order"]],
    [2, ["browse", "order", "own"]],
    [4, ["browse", "order", "own", "callback"]],
  ])("at %d of what there is, %j is refused", (now, refused) => {
    for (const key of ["orders", "eventLoop", "requests", "database"] as const)
      expect(refusedAt({ orders: 0, eventLoop: 0, requests: 0, database: 0, [key]: now })).toEqual(refused);
  });
});
