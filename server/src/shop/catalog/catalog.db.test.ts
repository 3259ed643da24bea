import type { ProblemCode } from "@orderwatch/shared/problem.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestContext, type TestContext } from "../../../test/context.ts";
import { importCodes } from "../stock/actions.ts";
import { changeProduct, createListing, createProduct, type Listing, listStocked } from "./actions.ts";

let context: TestContext;
let listing: Listing;
beforeAll(async () => {
  context = await createTestContext();
  listing = createListing(context);
});
afterAll(async () => {
  await listing.close();
  await context.close();
});

const card = { name: "点卡 30 元", kind: "code", priceFen: 2_900 } as const;
const refusal = (code: ProblemCode) => expect.objectContaining({ name: "DomainError", code });
const codes = (prefix: string, count: number) => Array.from({ length: count }, (_, at) => `${prefix}-${at}`);

describe("catalogue", () => {
  test("a SKU is given once", async () => {
    await createProduct(context, { ...card, sku: "once" });
    await expect(createProduct(context, { ...card, sku: "once", priceFen: 1 })).rejects.toEqual(
      refusal("product.exists"),
    );
    const listed = (await listStocked(context)).filter((product) => product.sku === "once");
    expect(listed).toMatchObject([{ priceFen: 2_900, demo: false }]);
  });

  test("buyers see levels: out, low below 20, in from 20 on; a recharge is always in", async () => {
    await createProduct(context, { ...card, sku: "level" });
    await createProduct(context, { ...card, sku: "level-recharge", kind: "recharge" });
    const level = async (sku: string) => (await listing.find(sku))?.stock;
    expect(await level("level")).toBe("out");
    await importCodes(context, { sku: "level", codes: codes("level", 19), staffId: null });
    expect(await level("level")).toBe("low");
    await importCodes(context, { sku: "level", codes: codes("level", 20), staffId: null });
    expect(await level("level")).toBe("in");
    expect(await level("level-recharge")).toBe("in");
  });

  test("a change touches what it names and nothing else; null takes a limit away", async () => {
    await createProduct(context, { ...card, sku: "change", limit: 5 });
    expect(await changeProduct(context, "change", { priceFen: 100 })).toMatchObject({
      name: card.name,
      priceFen: 100,
      limit: 5,
    });
    expect(await changeProduct(context, "change", { limit: null })).not.toHaveProperty("limit");
    await expect(changeProduct(context, "nowhere", { priceFen: 1 })).rejects.toEqual(
      refusal("product.not_found"),
    );
  });

  test("an archived product is not for sale, but stays on the staff's list", async () => {
    await createProduct(context, { ...card, sku: "archived" });
    await changeProduct(context, "archived", { archived: true });
    expect((await listing.read()).items.map((product) => product.sku)).not.toContain("archived");
    expect(await listStocked(context)).toContainEqual(
      expect.objectContaining({ sku: "archived", archived: true }),
    );
  });
});
