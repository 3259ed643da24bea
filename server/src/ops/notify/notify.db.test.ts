import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import webPush from "web-push";
import { openTestNotify, type TestNotify } from "../../../test/notify.ts";
import { subscribe } from "../../../test/people.ts";
import { armFaults, type FaultPoint, notifyFaultPoints } from "../../platform/faultpoint.ts";
import { sandboxSms } from "../../platform/sandbox-keys.ts";
import { contactKeys, sealContact } from "../../shop/orders/contact.ts";
import { createPush } from "./channels/push.ts";
import { createSms } from "./channels/sms.ts";
import { forgetRecipients } from "./forget-actions.ts";
import { readMessage } from "./list-actions.ts";

let test: TestNotify;
let phones = 13_800_001_000;
const sms = () => {
  phones += 1;
  return { channel: "sms" as const, phone: String(phones).replace(/0000$/, "0001") };
};
const push = () => subscribe(test.sandbox.url, test.vapid.publicKey);
const row = async (id: string) =>
  (
    await test.context.db.sql.query(
      "select state, reason, next_at, bundled_into from notifications where id = $1",
      [id],
    )
  ).rows[0];
const attempts = async (id: string): Promise<string[]> =>
  (
    await test.context.db.sql.query(
      "select channel || ' ' || state as said from notification_attempts where notification_id = $1 order by number",
      [id],
    )
  ).rows.map(({ said }) => said);
const outcome = async (id: string) => (await test.notify.outcomeOf(test.context.db.sql, [id])).get(id);
/** Works and lets time go by, until the message has come to its end. */
const settle = async (id: string) => {
  for (let n = 0; n < 100 && (await outcome(id))?.state === "pending"; n++) {
    await test.work();
    test.advance(1_000);
  }
};

beforeAll(async () => {
  test = await openTestNotify();
});
afterEach(async () => {
  armFaults(undefined);
  await test.sandbox.recover();
});
afterAll(() => test.close());

describe("a message", () => {
  it("is sent only when it was accepted, and delivered when the receipt says so", async () => {
    const id = await test.page(await test.person(sms()), "plain");
    await test.work();
    expect(await row(id)).toMatchObject({ state: "delivered", next_at: null });
    expect(await attempts(id)).toEqual(["sms delivered"]);
    expect((await test.sms())[0]?.content).toContain("Payments fail plain");
  });

  it("with the same key is the same message", async () => {
    const person = await test.person();
    expect(await test.page(person, "twice")).toBe(await test.page(person, "twice"));
  });

  it("to somebody without a proven address stands in the mailbox", async () => {
    const id = await test.page(await test.person(), "mailbox");
    await test.work();
    expect(await attempts(id)).toEqual(["mailbox delivered"]);
  });

  it("to an address forgets it once it has come to its end, and not before", async () => {
    const { db } = test.context;
    const words = { "zh-CN": "到货", en: "back" };
    const told = await test.notify.tell(db.sql, {
      ...{ to: sms(), key: "restock", link: null, incidentId: null, title: words, text: words },
    });
    const holds = async () =>
      (await db.sql.query("select address is not null as holds from notifications where id = $1", [told]))
        .rows[0]?.holds;
    await forgetRecipients(test.context);
    expect(await holds()).toBe(true);
    await test.work();
    await forgetRecipients(test.context);
    expect(await attempts(told)).toEqual(["sms delivered"]);
    expect(await holds()).toBe(false);
  });

  it("is not there when what it tells of was rolled back", async () => {
    const person = await test.person();
    await expect(
      test.context.db.transaction(async (sql) => {
        await test.notify.page(sql, {
          ...{ to: person, kind: "page", key: "undone", link: null, urgent: true },
          ...{ title: { "zh-CN": "无", en: "none" }, text: { "zh-CN": "无", en: "none" } },
        });
        throw new Error("rolled back");
      }),
    ).rejects.toThrow("rolled back");
    const { rows } = await test.context.db.sql.query("select from notifications where key = 'undone'");
    expect(rows).toHaveLength(0);
  });
});

describe("the next channel is taken", () => {
  it("O1: when the provider answers 500", async () => {
    await test.sandbox.behave({ provider: "sms", errorRate: 1 });
    const id = await test.page(await test.person(sms(), await push()), "sms-500");
    await test.work();
    expect(await attempts(id)).toEqual(["sms unclear", "push accepted"]);
    expect(await outcome(id)).toEqual({ state: "reached", reason: null });
  });

  it("O1: when the provider takes the message and then stays silent", async () => {
    await test.sandbox.behave({ provider: "sms", dropCallbacks: true });
    const id = await test.page(await test.person(sms(), await push()), "silent");
    await test.work();
    expect(await row(id)).toMatchObject({ state: "sent" });
    await settle(id);
    expect(await attempts(id)).toEqual(["sms silent", "push accepted"]);
  });

  it("O1: and when all of them fail, the message ends exhausted and says why", async () => {
    await test.sandbox.behave({ provider: "sms", errorRate: 1 });
    await test.sandbox.behave({ provider: "push", errorRate: 1 });
    const id = await test.page(await test.person(sms(), await push()), "all-fail");
    await settle(id);
    expect(await outcome(id)).toEqual({
      state: "exhausted",
      reason: "sms: unclear (answered 500); push: failed (answered 500)",
    });
    expect(await attempts(id)).toHaveLength(4);
  });

  it("when the first refuses the address, which is then left alone", async () => {
    const wrong = { channel: "sms" as const, phone: "12345678" };
    const id = await test.page(await test.person(wrong, await push()), "refused");
    await test.work();
    expect(await attempts(id)).toEqual(["sms refused", "push accepted"]);
  });
});

describe("crashes", () => {
  it.each(notifyFaultPoints)("O1: a crash at %s loses no page and sends no SMS twice", async (point) => {
    const to = sms();
    const id = await test.page(await test.person(to), `crash-${point}`);
    let crashes = 1;
    armFaults((passed: FaultPoint) => (passed === point && crashes-- > 0 ? { kind: "fail" } : undefined));
    await Promise.allSettled(test.workers.map((worker) => worker.pass()));
    await Promise.all(test.workers.map((worker) => worker.settled()));
    expect(crashes).toBeLessThanOrEqual(0);
    test.advance(16_000);
    await settle(id);
    expect(await outcome(id)).toEqual({ state: "reached", reason: null });
    const sent = (await test.sms()).filter(({ phone }) => phone === to.phone);
    expect(sent).toHaveLength(1);
  });

  it("O1: a call that was lost, and that the company says nothing of, is not marked sent", async () => {
    const id = await test.page(await test.person(sms(), await push()), "unheard");
    let crashes = 1;
    armFaults((passed) => (passed === "notify.calling" && crashes-- > 0 ? { kind: "fail" } : undefined));
    await test.workers[0]?.pass();
    await test.workers[0]?.settled();
    await test.sandbox.behave({ provider: "sms", errorRate: 1 });
    test.advance(16_000);
    await settle(id);
    expect(await attempts(id)).toEqual(["sms unclear", "push accepted"]);
  });

  it("O1: two workers with random crashes, failures and silence bring every page to its end", async () => {
    await test.sandbox.behave({ provider: "sms", errorRate: 0.3, loseAnswers: 0.1, dropCallbacks: 0.2 });
    await test.sandbox.behave({ provider: "push", errorRate: 0.3 });
    const shared = await push();
    const ids: string[] = [];
    for (let n = 0; n < 40; n++) ids.push(await test.page(await test.person(sms(), shared), `storm-${n}`));
    armFaults((point) =>
      point.startsWith("notify.") && Math.random() < 0.08 ? { kind: "fail" } : undefined,
    );
    for (let n = 0; n < 20; n++) {
      await Promise.allSettled(test.workers.map((worker) => worker.pass()));
      await Promise.all(test.workers.map((worker) => worker.settled()));
      test.advance(2_000);
    }
    armFaults(undefined);
    for (const id of ids) await settle(id);
    const outcomes = await test.notify.outcomeOf(test.context.db.sql, ids);
    const open = ids.filter((id) => {
      const known = outcomes.get(id);
      return !known || known.state === "pending" || (known.state === "exhausted" && !known.reason);
    });
    expect(open).toEqual([]);
  }, 60_000);
});

describe("a storm", () => {
  it("of pages to one person is one message that lists them, after a first one", async () => {
    const to = sms();
    const person = await test.person(to);
    await test.page(person, "first", { urgent: false });
    await test.work();
    const ids: string[] = [];
    for (let n = 0; n < 12; n++) ids.push(await test.page(person, `more-${n}`, { urgent: false }));
    await test.work();
    expect((await test.sms()).filter(({ phone }) => phone === to.phone)).toHaveLength(1);
    test.advance(10_001);
    await test.work();
    const sent = (await test.sms()).filter(({ phone }) => phone === to.phone);
    expect(sent).toHaveLength(2);
    expect(sent[0]?.content).toContain("12 messages");
    for (const id of ids) expect(await outcome(id)).toEqual({ state: "reached", reason: null });
  });

  it("is one message however many workers come upon it at once", async () => {
    const people = await Promise.all([sms(), sms(), sms(), sms()].map((to) => test.person(to)));
    const ids: string[] = [];
    for (const person of people)
      for (let n = 0; n < 150; n++)
        ids.push(await test.page(person, `many-${person}-${n}`, { urgent: false }));
    await test.work();
    const { rows } = await test.context.db.sql.query(
      "select id from notifications where id = any($1) and bundled_into is null",
      [ids],
    );
    expect(rows).toHaveLength(people.length);
  });

  /** Three pages of which the second brings the third with it. */
  const bundled = async (name: string, ...to: Parameters<TestNotify["person"]>) => {
    const person = await test.person(...to);
    await test.page(person, `${name}-before`, { urgent: false });
    await test.work();
    test.advance(10_001);
    const lead = await test.page(person, `${name}-lead`, { urgent: false });
    const riding = await test.page(person, `${name}-riding`, { urgent: false });
    await test.work();
    expect(await row(riding)).toMatchObject({ bundled_into: lead });
    return { person, lead, riding };
  };

  it("O1: comes to its end with the message that lists it, also where no company gives a receipt", async () => {
    const { lead, riding } = await bundled("unreceipted", await push());
    expect([await row(lead), await row(riding)]).toMatchObject([{ state: "sent" }, { state: "sent" }]);
    expect(await outcome(riding)).toEqual({ state: "reached", reason: null });
  });

  it("O1: is over when somebody has read the message that lists it", async () => {
    await test.sandbox.behave({ provider: "sms", dropCallbacks: true });
    const { person, lead, riding } = await bundled("read", sms(), await push());
    await readMessage({ db: test.context.db, clock: test.context.clock }, person, lead);
    expect(await outcome(riding)).toEqual({ state: "reached", reason: null });
    await settle(lead);
    expect(await attempts(lead)).toEqual(["sms accepted"]);
  });

  it("O1: goes on looking for somebody when only one of its incidents was acknowledged", async () => {
    await test.sandbox.behave({ provider: "sms", dropCallbacks: true });
    const { lead, riding } = await bundled("acknowledged", sms(), await push());
    const incidentId = test.context.newId();
    const { sql } = test.context.db;
    await sql.query("update notifications set incident_id = $2 where id = $1", [lead, incidentId]);
    await test.notify.acknowledged(sql, incidentId);
    expect(await outcome(riding)).toMatchObject({ state: "pending" });
    await settle(riding);
    expect(await attempts(lead)).toEqual(["sms silent", "push accepted"]);
    expect(await outcome(riding)).toEqual({ state: "reached", reason: null });
  });

  it("never holds a level-1 page back longer than a second", async () => {
    const person = await test.person(sms());
    await test.page(person, "quiet", { urgent: false });
    await test.work();
    const id = await test.page(person, "level-1");
    test.advance(1_000);
    await test.work();
    expect((await row(id))?.state).toBe("delivered");
  });
});

describe("the companies", () => {
  it("take nothing that is signed with another key", async () => {
    const account = { ...sandboxSms(inject("sandboxKeys"), test.sandbox.url), accessKeySecret: "another" };
    const forged = createSms({ account, clock: test.context.clock });
    const message = { id: "forged", title: "a", text: "b", link: null, urgent: false };
    expect(await forged.send(message, sms())).toMatchObject({
      ...{ state: "failed", detail: expect.stringMatching(/^SignatureDoesNotMatch/) },
    });
    const stranger = createPush({
      vapid: { ...webPush.generateVAPIDKeys(), subject: "mailto:x@example.com" },
      production: false,
    });
    const pushMessage = { ...message, id: test.context.newId() };
    expect(await stranger.send(pushMessage, await push())).toEqual({
      state: "failed",
      detail: "answered 403",
    });
  });

  it("open a push as its browser would", async () => {
    const id = await test.page(await test.person(await push()), "opened");
    await test.work();
    const answer = await fetch(`${test.sandbox.url}/push/messages`);
    const { items }: { items: { payload: string; urgency: string }[] } = JSON.parse(await answer.text());
    expect(JSON.parse(items[0]?.payload ?? "{}")).toMatchObject({
      ...{ title: "Payments fail opened", text: "Please look", link: "https://console.test/incidents/1" },
    });
    expect(items[0]?.urgency).toBe("high");
    expect(await outcome(id)).toEqual({ state: "reached", reason: null });
  });
});

describe("buyers", () => {
  const order = async (phone: string, language = "zh-CN") => {
    const id = test.context.newId();
    const { keys, db } = test.context;
    await db.sql.query(
      `insert into orders (id, status, origin, payment_method, amount_fen, contact, phone_key, address_key, created_at, expires_at, language)
       values ($1, 'paid', 'buyer', 'wechat', 100, $2, $3, 1, now(), now(), $4)`,
      [id, sealContact(keys, id, { phone }), contactKeys(keys, { phone }).phoneKey, language],
    );
    return id;
  };

  it("of exactly these orders are told once, and the all-clear goes to exactly them", async () => {
    const [one, other] = [sms().phone, sms().phone];
    const orderIds = [await order(one), await order(one)];
    await order(other);
    const incidentId = test.context.newId();
    const said = { incidentId, link: null, title: { "zh-CN": "说明", en: "Notice" } };
    const text = { "zh-CN": "您的订单稍后送达", en: "Your order is late" };
    const tell = () =>
      test.context.db.transaction((sql) =>
        test.notify.tellBuyers(sql, { ...said, text, orderIds, key: "told" }),
      );
    expect(await tell()).toBe(1);
    await tell();
    await test.work();
    const clear = { "zh-CN": "已恢复", en: "All is well" };
    await test.context.db.transaction((sql) =>
      test.notify.tellAgain(sql, { ...said, text: clear, after: ["told"], key: "clear" }),
    );
    await test.work();
    const seen = await test.sms();
    expect(seen.filter(({ phone }) => phone === one).map(({ content }) => content)).toEqual([
      ...["说明 已恢复", "说明 您的订单稍后送达"],
    ]);
    expect(seen.filter(({ phone }) => phone === other)).toEqual([]);

    const left = async () =>
      (await test.context.db.sql.query("select from notifications where order_id = any($1)", [orderIds]))
        .rowCount;
    await forgetRecipients(test.context);
    expect(await left()).toBe(2);
    await test.context.db.sql.query(
      "update orders set contact = null, phone_key = null, email_key = null where id = any($1)",
      [orderIds],
    );
    await forgetRecipients(test.context);
    expect(await left()).toBe(0);
  });

  it("are told in the language in which they ordered", async () => {
    const [chinese, english] = [sms().phone, sms().phone];
    const orderIds = [await order(chinese), await order(english, "en")];
    const text = { "zh-CN": "您的订单稍后送达", en: "Your order is late" };
    const said = { incidentId: test.context.newId(), link: null, title: { "zh-CN": "说明", en: "Notice" } };
    await test.context.db.transaction((sql) =>
      test.notify.tellBuyers(sql, { ...said, text, orderIds, key: "in their language" }),
    );
    await test.work();
    const seen = await test.sms();
    const toldTo = (to: string) => seen.filter(({ phone }) => phone === to).map(({ content }) => content);
    expect(toldTo(chinese)).toEqual(["说明 您的订单稍后送达"]);
    expect(toldTo(english)).toEqual(["Notice Your order is late"]);
  });
});
