import type { Role } from "@orderwatch/shared/ops/roles.ts";
import { createAccounts } from "../src/ops/accounts/actions.ts";
import { systemClock } from "../src/platform/clock.ts";
import { createKeys } from "../src/platform/crypto.ts";
import { openDatabase } from "../src/platform/db.ts";
import { createIds } from "../src/platform/ids.ts";
import { createLog } from "../src/platform/log.ts";
import type { Product, Staff } from "./product.ts";

/** Makes an account of a running product's staff, as its first start makes the first one, and signs it in. */
export async function createStaff(
  product: Product,
  given: { databaseUrl: string; secretKey: string },
  person: { email: string; name: string; role: Role },
): Promise<Staff> {
  const password = "a long password of a test";
  const log = createLog({ level: "silent", name: "staff-account" });
  const db = openDatabase({ url: given.databaseUrl, name: "staff-account", max: 2, log });
  try {
    const accounts = createAccounts({
      ...{ db, log, clock: systemClock, newId: createIds(systemClock), keys: createKeys(given.secretKey) },
      ...{ url: product.consoleUrl, origins: [product.consoleUrl], production: false },
    });
    await accounts.create({ ...person, password });
  } finally {
    await db.close();
  }
  return await product.signIn({ email: person.email, password });
}
