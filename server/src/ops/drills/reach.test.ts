import { expect, it } from "vitest";
import { aDrill } from "../../../test/drills/desk.ts";
import { anHour } from "../../../test/drills/hour.ts";
import { reachOf } from "./reach.ts";

const radius = { traffic: "synthetic", percent: 50, orders: 100, buyers: 0 } as const;
const supplier = aDrill({ radius });
const kill = aDrill({ radius, faults: [{ kind: "kill", node: "active" }] });
const live = aDrill({ radius: { ...radius, traffic: "live", buyers: 5 } });
/** Each minute 40 orders, 10 of them buyers'. */
const busy = anHour({ placed: 40, simulated: 30 });

it("what strikes a whole process meets everybody who orders meanwhile, buyers by their share of the last hour", () => {
  expect(reachOf(kill, 4, busy)).toEqual({ orders: 240, buyers: 60 });
  expect(reachOf(kill, 4, anHour({ placed: 40, simulated: 40 }))).toEqual({ orders: 240, buyers: 0 });
});

it("what is not known is not taken for nobody: without orders in the last hour whoever comes may be a buyer", () => {
  expect(reachOf(kill, 0.01, anHour({ placed: 0, simulated: 0 }))).toEqual({ orders: 1, buyers: 1 });
  // Without figures of now, by the last hour's rate: two thirds of an order a second.
  expect(reachOf(kill, null, busy)).toEqual({ orders: 40, buyers: 10 });
});

it("every other fault stays within its traffic, its share and its radius", () => {
  expect(reachOf(supplier, 2, busy)).toEqual({ orders: 45, buyers: 0 });
  expect(reachOf(supplier, 40, busy)).toEqual({ orders: 100, buyers: 0 });
  expect(reachOf(live, 2, busy)).toEqual({ orders: 60, buyers: 5 });
});
