import { Contact } from "@orderwatch/shared/shop/orders.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestNotify, type TestNotify } from "../../../test/notify.ts";
import { pointContext, recipientContext } from "./ways.ts";

let test: TestNotify;
beforeAll(async () => {
  test = await openTestNotify();
});
afterAll(() => test.close());

const mobile = { channel: "sms" as const, phone: "13800001001" };
const row = async (id: string) =>
  (await test.context.db.sql.query("select state, reason, next_at from notifications where id = $1", [id]))
    .rows[0];
const attempts = async (id: string): Promise<string[]> =>
  (
    await test.context.db.sql.query(
      "select channel || ' ' || state as said from notification_attempts where notification_id = $1 order by number",
      [id],
    )
  ).rows.map(({ said }) => said);

describe("a message", () => {
  it("to a phone number as short as any that buyers may leave is taken by its channel", async () => {
    const words = { "zh-CN": "到货", en: "back" };
    const phone = Contact.parse({ phone: "12345" }).phone ?? "";
    const told = await test.notify.tell(test.context.db.sql, {
      ...{
        to: { channel: "sms", phone },
        key: "short",
        link: null,
        incidentId: null,
        title: words,
        text: words,
      },
    });
    await test.work();
    expect((await row(told)).state).not.toBe("pending");
    expect((await attempts(told))[0]).toMatch(/^sms /);
  });

  it("to an address that cannot be read comes to its end and says why, and a person's other addresses are used", async () => {
    const { db, keys } = test.context;
    const words = { "zh-CN": "到货", en: "back" };
    const told = await test.notify.tell(db.sql, {
      ...{ to: mobile, key: "unreadable", link: null, incidentId: null, title: words, text: words },
    });
    const unreadable = (context: string) => keys.seal(JSON.stringify({ channel: "sms", phone: "" }), context);
    await db.sql.query("update notifications set address = $2 where id = $1", [
      told,
      unreadable(recipientContext(told)),
    ]);
    const person = await test.person(mobile, { ...mobile, phone: "13800001002" });
    const { rows } = await db.sql.query(
      "select id from contact_points where staff_id = $1 order by position limit 1",
      [person],
    );
    await db.sql.query("update contact_points set address = $2 where id = $1", [
      rows[0]?.id,
      unreadable(pointContext(rows[0]?.id)),
    ]);
    const paged = await test.page(person, "one way left");
    await test.work();
    expect(await row(told)).toMatchObject({
      ...{ state: "exhausted", reason: "the address cannot be read", next_at: null },
    });
    expect(await row(paged)).toMatchObject({ state: "delivered" });
    expect(await attempts(paged)).toEqual(["sms delivered"]);
  });
});
