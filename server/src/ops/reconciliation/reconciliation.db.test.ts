import { ReconciliationDifference, ReconciliationRun } from "@orderwatch/shared/ops/reconciliation.ts";
import type { Role } from "@orderwatch/shared/ops/roles.ts";
import type { PlacedOrder } from "@orderwatch/shared/shop/orders.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestBills, type TestBills } from "../../../test/bills.ts";
import { startTestConsole, type TestConsole } from "../../../test/console.ts";
import { reconcileDue } from "../../shop/reconciliation/actions.ts";
import { actDue } from "../../shop/reconciliation/repair-actions.ts";
import { listAudit, verifyAudit } from "../audit/actions.ts";

let bills: TestBills;
let console: TestConsole;
let unheard: PlacedOrder;
let day: string;
beforeAll(async () => {
  bills = await openTestBills();
  const { clock } = bills.shop;
  // The console goes by the real clock: what happened here was a while ago for it, and is compared now.
  clock.advance(Date.now() - 3_600_000 - clock.now().getTime());
  unheard = await bills.paidUnheard();
  day = bills.today();
  clock.advance(Date.now() + 60_000 - clock.now().getTime());
  console = await startTestConsole({ beside: bills.shop });
});
afterAll(async () => {
  await console.close();
  await bills.close();
});

async function call(role: Role | null, method: string, path: string, body?: unknown) {
  const answer = await fetch(console.url + path, {
    method,
    headers: {
      ...(role === null ? {} : { cookie: await console.signIn(role) }),
      origin: console.origin,
      "content-type": "application/json",
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) };
}
const audit = async (targetKind: string, targetId: string) =>
  (await listAudit(console.context, { targetKind, targetId, limit: 50 })).items;
const compareDay = async (): Promise<void> => {
  while ((await reconcileDue(bills.payments)).more);
};
const runs = "/api/reconciliation/runs";

describe("A4: reconciliation at the console", () => {
  const nobody = "0198c0de-0000-7000-8000-000000000000";
  const wanted = () => ({ provider: "wechat", day });

  it.each<[method: string, path: () => string, body: (() => object) | undefined]>([
    ["GET", () => runs, undefined],
    ["GET", () => `${runs}/${nobody}`, undefined],
    ["GET", () => `${runs}/${nobody}/differences`, undefined],
    ["POST", () => runs, wanted],
    [
      "POST",
      () => `/api/reconciliation/differences/${nobody}/resolve`,
      () => ({ action: "accept", reason: "because" }),
    ],
  ])(
    "is nobody's without a session, and whoever may only read changes nothing: %s",
    async (method, path, body) => {
      expect((await call(null, method, path(), body?.())).status).toBe(401);
      const allowed = method === "GET" ? [200, 404] : [403];
      for (const role of ["viewer", "support", "engineer"] as const)
        expect(allowed).toContain((await call(role, method, path(), body?.())).status);
      expect(await bills.shop.value("select count(*)::int from reconciliation_runs")).toBe(0);
      expect(
        await bills.shop.value("select count(*)::int from audit_entries where action ~ 'reconc|differ'"),
      ).toBe(0);
    },
  );
});

describe("R5: a day's bill", () => {
  it("compared on demand shows what differs; what is done about it has a reason, ends it, and is on record", async () => {
    const asked = await call("operations", "POST", runs, { provider: "wechat", day });
    expect(asked.status).toBe(202);
    const run = ReconciliationRun.parse(asked.body);
    expect(run).toMatchObject({ state: "waiting", provider: "wechat", day, requestedBy: "operations" });
    expect(await audit("reconciliation", run.id)).toMatchObject([
      { action: "reconciliation.requested", facts: { provider: "wechat", day } },
    ]);
    await compareDay();
    const done = ReconciliationRun.parse((await call("viewer", "GET", `${runs}/${run.id}`)).body);
    expect(done).toMatchObject({
      ...{ state: "done", failure: null, differences: [{ kind: "paid_unheard", all: 1, open: 1 }] },
      ...{ bill: { payments: 1, paidFen: 1_000 }, ours: { payments: 0, paidFen: 0 } },
    });
    expect((await call("viewer", "GET", runs)).body.items).toMatchObject([{ id: run.id }]);

    const differences = async (state: "open" | "all") =>
      ReconciliationDifference.array().parse(
        (await call("viewer", "GET", `${runs}/${run.id}/differences?state=${state}`)).body.items,
      );
    const [difference, ...more] = await differences("open");
    if (!difference) throw new Error("no difference was found");
    expect(more).toEqual([]);
    expect(difference).toMatchObject({
      ...{ kind: "paid_unheard", state: "open", orderId: unheard.id, billFen: 1_000, ourFen: 0 },
      actions: expect.arrayContaining(["ask_payment"]),
    });

    const at = `/api/reconciliation/differences/${difference.id}/resolve`;
    for (const wrong of [
      { action: "ask_payment" },
      { action: "ask_payment", reason: "" },
      { action: "no", reason: "x" },
    ])
      expect((await call("operations", "POST", at, wrong)).status).toBe(400);
    expect((await call("operations", "POST", at, { action: "ask_refund", reason: "wrong" })).status).toBe(
      409,
    );
    expect(await audit("difference", difference.id)).toEqual([]);

    const given = { action: "ask_payment", reason: "the buyer shows a receipt" };
    const acted = await call("operations", "POST", at, given);
    expect([acted.status, ReconciliationDifference.parse(acted.body)]).toMatchObject([
      202,
      { state: "acting", actedBy: "operations", reason: given.reason, actions: [] },
    ]);
    // A second person who pressed at the same moment is told so, and leaves no entry.
    expect((await call("admin", "POST", at, given)).status).toBe(409);
    while ((await actDue(bills.payments)).more);
    expect(await differences("open")).toEqual([]);
    expect(await differences("all")).toMatchObject([
      { id: difference.id, state: "resolved", outcome: "payment.settled", reason: given.reason },
    ]);
    expect(await bills.shop.value("select status from payments where id = $1", [unheard.payment.id])).toBe(
      "paid",
    );
    expect(await audit("difference", difference.id)).toMatchObject([
      {
        ...{ action: "difference.acted", reason: given.reason },
        facts: { act: "ask_payment", kind: "paid_unheard", provider: "wechat", day, order: unheard.id },
      },
    ]);
    expect(await verifyAudit(console.context)).toMatchObject({ intact: true });
  });
});
