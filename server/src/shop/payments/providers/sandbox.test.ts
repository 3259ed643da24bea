import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { newId, newSandboxKeys, SandboxMerchant } from "../../../../test/sandbox-merchant.ts";
import { type SandboxKeys, sandboxMerchants } from "../../../platform/sandbox-keys.ts";
import { createProviders } from "./factory.ts";
import { ProviderError } from "./provider.ts";

/** A busy machine may take its time; a wait ends as soon as its condition holds. */
const patience = { timeout: 10_000 };

let keys: SandboxKeys;
let merchant: SandboxMerchant;
beforeAll(async () => {
  keys = await newSandboxKeys();
});
beforeEach(async () => {
  merchant = await SandboxMerchant.start(keys);
});
afterEach(() => merchant.stop());

describe.each(["wechat", "alipay"] as const)("%s, adapter and company over HTTP", (method) => {
  it("a payment goes from prepayment over its callback and query to its refund", async () => {
    const { paymentId } = merchant.newPayment(method);
    const provider = merchant.provider(method);
    expect(await provider.query(paymentId)).toEqual({ state: "unknown" });
    expect(await merchant.pay(paymentId, "success")).toMatchObject({
      status: 200,
      body: { state: "paid", amountFen: 1234 },
    });

    await expect
      .poll(() => merchant.verdicts, patience)
      .toMatchObject([{ ok: true, notice: { kind: "payment", paymentId, amountFen: 1234 } }]);
    const found = await provider.query(paymentId);
    const [verdict] = merchant.verdicts;
    if (found.state !== "success" || !verdict?.ok || verdict.notice.kind !== "payment")
      throw new Error("not paid");
    expect(verdict.notice.tradeNo).toBe(found.tradeNo);
    expect(Math.abs(found.paidAt.getTime() - Date.now())).toBeLessThan(60_000);

    const refund = { paymentId, refundId: newId(), totalFen: 1234, amountFen: 1234, reason: "退款 & 原因" };
    const notifyUrl = `${merchant.url}/notify/${method}`;
    await expect
      .poll(() => provider.refund({ ...refund, notifyUrl }), patience)
      .toEqual({ state: "success" });
    await expect
      .poll(() => merchant.verdicts.at(-1), patience)
      .toMatchObject({
        ok: true,
        notice: { kind: "refund", paymentId, refundId: refund.refundId, outcome: "success" },
      });
    expect(await provider.query(paymentId)).toMatchObject({ state: "success", amountFen: 1234 });
  });

  it("P7: no more is refunded than was paid, and a repeated refund moves no money", async () => {
    const { paymentId } = merchant.newPayment(method);
    await merchant.pay(paymentId, "success");
    const provider = merchant.provider(method);
    const part = { paymentId, refundId: newId(), totalFen: 1234, amountFen: 1000, reason: "part" };
    await provider.refund(part);
    await provider.refund(part);
    await expect(provider.refund({ ...part, refundId: newId(), amountFen: 235 })).rejects.toMatchObject({
      kind: "refused",
    });
    await provider.refund({ ...part, refundId: newId(), amountFen: 234 });
  });

  it.each([
    ["limit_exceeded", "payment.limit_exceeded"],
    ["declined", "payment.declined"],
    ["timeout", "payment.timeout"],
  ])("a payer's %s is learned by query alone, and the payer may try again", async (outcome, code) => {
    const { paymentId } = merchant.newPayment(method);
    expect(await merchant.pay(paymentId, outcome)).toMatchObject({
      status: 200,
      body: { state: "refused", outcome },
    });
    expect(await merchant.provider(method).query(paymentId)).toEqual({ state: "refused", code });
    expect(merchant.verdicts).toEqual([]);
    await merchant.pay(paymentId, "success");
    expect(await merchant.provider(method).query(paymentId)).toMatchObject({ state: "success" });
  });

  it("a closed payment cannot be paid, and a paid one cannot be closed", async () => {
    const closed = merchant.newPayment(method);
    await fetch((await merchant.provider(method).prepay(closed)).url);
    await merchant.provider(method).close(closed.paymentId);
    await merchant.provider(method).close(closed.paymentId);
    expect(await merchant.provider(method).query(closed.paymentId)).toEqual({ state: "closed" });
    expect(await merchant.pay(closed.paymentId, "success")).toMatchObject({
      status: expect.toSatisfy((s) => s >= 400),
    });

    const paid = merchant.newPayment(method);
    await merchant.pay(paid.paymentId, "success");
    const refusal = await merchant
      .provider(method)
      .close(paid.paymentId)
      .catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ProviderError);
    expect(refusal).toMatchObject({ kind: "refused", paid: true });
  });

  it("closing what the company never saw succeeds", async () => {
    await merchant.provider(method).close(newId());
  });

  it("P4: paying twice is refused", async () => {
    const { paymentId } = merchant.newPayment(method);
    await merchant.pay(paymentId, "success");
    expect(await merchant.pay(paymentId, "success")).toMatchObject({
      status: 409,
      body: { code: "order.not_payable" },
    });
  });

  it("P1: a callback comes again until it is acknowledged, each time freshly signed", async () => {
    merchant.acknowledges = (count) => count >= 3;
    const { paymentId } = merchant.newPayment(method);
    await merchant.pay(paymentId, "success");
    await expect.poll(() => merchant.verdicts.length, patience).toBe(3);
    expect(merchant.verdicts.every(({ ok }) => ok)).toBe(true);
  });

  it("on a bad day callbacks double, name wrong amounts or get lost, and the query still tells the truth", async () => {
    await merchant.call("PUT", "/behaviour", { provider: method, duplicateCallbacks: 4, wrongAmount: true });
    const wrong = merchant.newPayment(method);
    await merchant.pay(wrong.paymentId, "success");
    await expect.poll(() => merchant.verdicts.length, patience).toBe(5);
    expect(merchant.verdicts).toEqual(
      Array(5).fill({ ok: true, notice: expect.objectContaining({ amountFen: 1235 }) }),
    );
    await merchant.call("PUT", "/behaviour", { provider: method, dropCallbacks: true });
    const lost = merchant.newPayment(method);
    await merchant.pay(lost.paymentId, "success");
    expect(await merchant.provider(method).query(lost.paymentId)).toMatchObject({
      state: "success",
      amountFen: 1234,
    });
    expect(merchant.verdicts).toHaveLength(5);
  });

  it("P5: a callback that a bad day lost is lost for good, through a restart and better days too", async () => {
    await merchant.call("PUT", "/behaviour", { provider: method, dropCallbacks: true });
    const lost = merchant.newPayment(method);
    await merchant.pay(lost.paymentId, "success");
    await merchant.restartSandbox();
    // The one that is sent again after the restart would come before that of a payment made later.
    const heard = merchant.newPayment(method);
    await merchant.pay(heard.paymentId, "success");
    await expect.poll(() => merchant.verdicts.length, patience).toBe(1);
    expect(merchant.verdicts).toMatchObject([{ ok: true, notice: { paymentId: heard.paymentId } }]);
  });

  it("on a bad day its interface fails, and the adapter says that it is unavailable", async () => {
    await merchant.call("PUT", "/behaviour", { provider: method, errorRate: 1 });
    const { paymentId } = merchant.newPayment(method);
    await expect(merchant.provider(method).query(paymentId)).rejects.toMatchObject({ kind: "unavailable" });
    await merchant.call("DELETE", "/behaviour");
    expect(await merchant.provider(method).query(paymentId)).toEqual({ state: "unknown" });
  });

  it("a slow company is a time-out, one that is gone is unavailable", async () => {
    const hasty = createProviders(sandboxMerchants(merchant.keys, merchant.sandboxUrl), { timeoutMs: 50 })[
      method
    ];
    await merchant.call("PUT", "/behaviour", { provider: method, latencyMs: 400 });
    await expect(hasty?.query(newId())).rejects.toMatchObject({ kind: "timeout" });
    const gone = createProviders(sandboxMerchants(merchant.keys, "http://127.0.0.1:1"))[method];
    await expect(gone?.query(newId())).rejects.toMatchObject({ kind: "unavailable" });
  });

  it("a request signed with another merchant's key is refused, and an answer signed by a stranger not believed", async () => {
    const ours = sandboxMerchants(merchant.keys, merchant.sandboxUrl);
    const theirs = sandboxMerchants(await newSandboxKeys(), merchant.sandboxUrl);
    const intruder = createProviders({
      wechat: { ...ours.wechat, mchPrivateKey: theirs.wechat.mchPrivateKey },
      alipay: { ...ours.alipay, privateKey: theirs.alipay.privateKey },
    })[method];
    await expect(intruder?.query(newId())).rejects.toMatchObject({ kind: "refused" });
    const deceived = createProviders({
      wechat: { ...ours.wechat, publicKey: theirs.wechat.publicKey },
      alipay: { ...ours.alipay, publicKey: theirs.alipay.publicKey },
    })[method];
    const { paymentId } = merchant.newPayment(method);
    await merchant.pay(paymentId, "success");
    await expect(deceived?.query(paymentId)).rejects.toMatchObject({ kind: "malformed" });
  });

  it("P3: its callback settles nothing at the other company's address", async () => {
    const other = method === "wechat" ? "alipay" : "wechat";
    const { paymentId } = merchant.newPayment(method, { notifyUrl: `${merchant.url}/notify/${other}` });
    await merchant.pay(paymentId, "success");
    await expect.poll(() => merchant.verdicts, patience).toMatchObject([{ ok: false, reason: "signature" }]);
  });

  it("a restart forgets neither a paid trade nor its unacknowledged callback", async () => {
    merchant.acknowledges = () => false;
    const { paymentId } = merchant.newPayment(method);
    await merchant.pay(paymentId, "success");
    await expect.poll(() => merchant.verdicts.length, patience).toBeGreaterThan(0);
    merchant.acknowledges = () => true;
    merchant.verdicts = [];
    await merchant.restartSandbox();
    await expect.poll(() => merchant.verdicts, patience).toMatchObject([{ ok: true, notice: { paymentId } }]);
    expect(await merchant.provider(method).query(paymentId)).toMatchObject({ state: "success" });
  });

  it("an expired payment can be neither paid nor revived", async () => {
    const expired = merchant.newPayment(method, { expiresAt: new Date(Date.now() - 2000) });
    expect(await merchant.pay(expired.paymentId, "success")).toMatchObject({ status: 409 });
    expect(await merchant.provider(method).query(expired.paymentId)).toEqual({ state: "closed" });
  });
});
