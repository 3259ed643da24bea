import { randomBytes } from "node:crypto";
import type { NewProduct } from "@orderwatch/shared/shop/catalog.ts";
import { createProduct, isEmpty, listShortDemo } from "../catalog/actions.ts";
import { importCodes, type StockContext, sealChunk } from "./actions.ts";
import * as store from "./store.ts";

/** What a small shop of this trade sells; invented, no real brand. */
const demoProducts: readonly NewProduct[] = [
  { sku: "game-card-30", name: "星屿通用游戏点卡 30 元", kind: "code", priceFen: 2_940, limit: 10 },
  { sku: "game-card-100", name: "星屿通用游戏点卡 100 元", kind: "code", priceFen: 9_780, limit: 10 },
  { sku: "starter-pack", name: "云端幻想 新手礼包兑换码", kind: "code", priceFen: 680, limit: 5 },
  { sku: "month-card", name: "云端幻想 月卡激活码", kind: "code", priceFen: 2_850, limit: 5 },
  { sku: "video-month", name: "青柠视频会员月卡(卡密)", kind: "code", priceFen: 1_690, limit: 5 },
  { sku: "music-season", name: "听海音乐会员季卡(卡密)", kind: "code", priceFen: 3_990 },
  { sku: "phone-50", name: "手机话费直充 50 元", kind: "recharge", priceFen: 4_965, limit: 2 },
  { sku: "coins-648", name: "星屿游戏币直充 6480 枚", kind: "recharge", priceFen: 62_800, limit: 2 },
];

/** Codes that a demo product is brought up to, and below which it is. */
const fullStock = 3_000;
const restockBelow = 1_500;

/** Fills an empty catalogue with demo products and their codes; true when it did. Safe to call at every start. */
export async function seedDemoProducts(context: StockContext): Promise<boolean> {
  if (!(await isEmpty(context))) return false;
  for (const product of demoProducts) {
    await createProduct(context, { ...product, demo: true });
    if (product.kind === "code")
      await importCodes(context, { sku: product.sku, codes: demoCodes(fullStock), staffId: null });
  }
  return true;
}

/**
 * Brings demo products that run low back to full stock; returns how many codes were added. Several processes may call
 * it at once: each product is restocked by one of them.
 */
export async function restockDemo(context: StockContext): Promise<number> {
  const { db, clock, newId } = context;
  let added = 0;
  for (const { id: productId, available } of await listShortDemo(context, restockBelow)) {
    const rows = await sealChunk(context.keys, productId, demoCodes(fullStock - available));
    added += await db.transaction(async (sql) => {
      if (!(await store.lockRestock(sql, productId, restockBelow))) return 0;
      return await store.addDemoCodes(sql, {
        importId: newId(),
        productId,
        sealed: rows.map((row) => row.sealed),
        lookups: rows.map((row) => row.lookup),
        at: clock.now(),
      });
    });
  }
  return added;
}

/** `XXXX-XXXX-XXXX-XXXX` of letters and digits that nobody mistakes for each other; 80 random bits each. */
function demoCodes(count: number): string[] {
  const alphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
  return Array.from({ length: count }, () => {
    const text = Array.from(randomBytes(16), (byte) => alphabet[byte % alphabet.length]).join("");
    return text.replace(/(.{4})(?=.)/g, "$1-");
  });
}
