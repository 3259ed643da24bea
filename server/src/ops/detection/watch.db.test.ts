import type { FaultLease } from "@orderwatch/shared/ops/drill-faults.ts";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openTestShop, type TestShop } from "../../../test/order-backend.ts";
import { FaultHolder } from "../../platform/faults/leases.ts";
import { signLease } from "../../platform/faults/proof.ts";
import { Watch } from "./watch.ts";

let shop: TestShop;
let faults: FaultHolder;
let watch: Watch;
beforeEach(async () => {
  shop = await openTestShop();
  const { db, clock, log, keys } = shop;
  await shop.addProduct({ sku: "CARD", codes: 10 });
  faults = new FaultHolder({ target: "console", keys, clock, log, points: ["stock_check"] });
  const around = { nodes: () => [], probes: [], onUrgent: () => undefined };
  watch = new Watch({ ...around, sql: db.sql, clock, log, faults });
});
afterEach(async () => {
  await watch.stop();
  await faults.close();
  await shop.close();
});

const stock = async () => {
  shop.clock.advance(10_000);
  await watch.refresh();
  const { stock_mismatch: differs, codes_missing: missing } = watch.gauges(shop.clock.now());
  return { differs, missing };
};
const calm = { differs: [], missing: [] };

it("codes that are gone are told as that, a ledger that differs as such", async () => {
  await shop.addProduct({ sku: "OTHER", codes: 5 });
  expect(await stock()).toEqual(calm);
  await shop.db.sql.query(
    "delete from codes where id in (select c.id from codes c join products p on p.id = c.product_id where p.sku = 'CARD' limit 2)",
  );
  await shop.db.sql.query(
    "insert into stock_changes (product_id, available, held, sold, void) select id, 2, 0, 0, 0 from products where sku = 'OTHER'",
  );
  expect(await stock()).toEqual({
    differs: [{ labels: { sku: "OTHER" }, value: 2 }],
    missing: [{ labels: { sku: "CARD" }, value: 2 }],
  });
});

it("O8: a count that a drill made wrong is right again when the lease is over", async () => {
  const leaseOf = (finds: "loss" | "mismatch", forMs: number): FaultLease => ({
    ...{ id: shop.newId(), run: shop.newId(), fault: { kind: "stock_check", finds, codes: 4 } },
    radius: { traffic: "synthetic", percent: 100, orders: 0, buyers: 0 },
    expiresAt: new Date(shop.clock.now().getTime() + forMs).toISOString(),
  });
  const grant = (lease: FaultLease) => faults.grant(signLease(shop.keys, "console", lease));
  const loss = leaseOf("loss", 9_000);
  expect(grant(loss).state).toBe("active");
  expect(await stock()).toEqual({ differs: [], missing: [{ labels: { sku: "(drill)" }, value: 4 }] });
  expect((await faults.revert(loss.id)).touched.passes).toBeGreaterThan(0);
  expect(await stock()).toEqual(calm);

  const mismatch = leaseOf("mismatch", 400);
  grant(mismatch);
  expect(await stock()).toEqual({ differs: [{ labels: { sku: "(drill)" }, value: 4 }], missing: [] });
  await expect.poll(() => faults.report(mismatch.id).state, { timeout: 5_000 }).toBe("expired");
  expect(await stock()).toEqual(calm);
});
