import { randomBytes } from "node:crypto";
import { systemClock } from "../src/platform/clock.ts";
import { createIds } from "../src/platform/ids.ts";
import type { NewOrder } from "../src/shop/orders/place-statement.ts";

const newId = createIds(systemClock);

/** An order for one CARD as the ordering statement takes it, from an address of its own and of nobody who is known. */
export const newOrder = (more: Partial<NewOrder> = {}): NewOrder => ({
  id: newId(),
  paymentId: newId(),
  key: randomBytes(32),
  bodyHash: randomBytes(32),
  origin: "buyer",
  method: "alipay",
  expectedAmountFen: null,
  addressKey: randomBytes(8).readBigInt64BE(),
  deviceKey: null,
  accountKey: null,
  contact: null,
  phoneKey: null,
  phoneTailKey: null,
  emailKey: null,
  rechargeAccount: null,
  session: null,
  language: "zh-CN",
  lines: [{ sku: "CARD", quantity: 1 }],
  ...more,
});
