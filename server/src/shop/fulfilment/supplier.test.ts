import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HttpSupplier, type Recharge, rechargeOnce } from "./supplier.ts";

/** A busy machine may take its time; a wait ends as soon as its condition holds. */
const patience = { timeout: 10_000 };

const key = "a shared secret of the supplier";
const recharge: Recharge = {
  lineId: "01955000-0000-7000-8000-00000000000a",
  sku: "qq-10",
  account: "10001",
  quantity: 1,
};

interface Seen {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  body: string;
}

let server: Server;
let url: string;
let seen: Seen[];
let respond: (response: ServerResponse, seen: Seen) => void;

beforeEach(async () => {
  seen = [];
  server = createServer(async (request, response) => {
    const one = {
      method: request.method ?? "",
      path: request.url ?? "",
      headers: request.headers,
      body: await text(request),
    };
    seen.push(one);
    respond(response, one);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/supplier`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const hmac = (...lines: string[]) =>
  createHmac("sha256", key)
    .update(lines.map((line) => `${line}\n`).join(""))
    .digest("hex");

function answer(status: number, body: unknown, more: { nonce?: string; at?: Date } = {}) {
  return (response: ServerResponse, { headers }: Seen) => {
    const text = JSON.stringify(body);
    const timestamp = String(Math.floor((more.at ?? new Date()).getTime() / 1000));
    const nonce = more.nonce ?? String(headers["x-nonce"]);
    response.writeHead(status, {
      "x-timestamp": timestamp,
      "x-signature": hmac(String(status), timestamp, nonce, text),
    });
    response.end(text);
  };
}

const supplier = (more: { timeoutMs?: number; failuresToBreak?: number; restMs?: number } = {}) =>
  new HttpSupplier({ url, key, ...more });

describe("a recharge", () => {
  it("is sent signed, with the line's id as its idempotency key, and its reference comes back", async () => {
    respond = answer(200, { state: "success", reference: "R-1" });
    expect(await supplier().recharge(recharge)).toEqual({ state: "success", reference: "R-1" });
    const [sent] = seen;
    expect(sent).toMatchObject({
      method: "POST",
      path: "/supplier/v1/recharges",
      body: JSON.stringify(recharge),
    });
    expect(sent?.headers["idempotency-key"]).toBe(recharge.lineId);
    const { "x-timestamp": timestamp, "x-nonce": nonce, "x-signature": signature } = sent?.headers ?? {};
    expect(signature).toBe(
      hmac("POST", "/supplier/v1/recharges", String(timestamp), String(nonce), sent?.body ?? ""),
    );
  });

  it("that is refused says by whose fault", async () => {
    respond = answer(200, { state: "refused", reason: "invalid_account", detail: "no such account" });
    expect(await supplier().recharge(recharge)).toMatchObject({
      state: "refused",
      code: "delivery.invalid_account",
    });
    respond = answer(409, { state: "refused", reason: "failed", detail: "out of stock" });
    expect(await supplier().recharge(recharge)).toMatchObject({
      state: "refused",
      code: "delivery.supplier_failed",
    });
  });

  const unclear: [string, (response: ServerResponse, seen: Seen) => void][] = [
    ["a server error", answer(500, { state: "refused", reason: "failed" })],
    ["an unsigned answer", (response) => response.end('{"state":"success","reference":"R-1"}')],
    [
      "an answer to another question",
      answer(200, { state: "success", reference: "R-1" }, { nonce: "another" }),
    ],
    [
      "an old answer",
      answer(200, { state: "success", reference: "R-1" }, { at: new Date(Date.now() - 3600_000) }),
    ],
    ["an unreadable answer", answer(200, { state: "shrug" })],
    ["an endless answer", (response) => response.end("x".repeat(100_000))],
    ["a broken connection", (response) => response.destroy()],
    ["no answer at all", () => undefined],
  ];
  it.each(unclear)("D2: with %s is unclear, neither delivered nor refused", async (_title, behave) => {
    respond = behave;
    expect(await supplier({ timeoutMs: 200 }).recharge(recharge)).toMatchObject({ state: "unclear" });
  });
});

describe("an unclear recharge", () => {
  it("D2: is asked about, and not sent again when the supplier has it", async () => {
    respond = answer(200, { state: "processing" });
    expect(await rechargeOnce(supplier(), recharge, true)).toEqual({ state: "processing" });
    expect(seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `GET /supplier/v1/recharges/${recharge.lineId}`,
    ]);
  });

  it("is sent again when the supplier never saw it", async () => {
    respond = (response, one) =>
      one.method === "GET"
        ? answer(404, { state: "unknown" })(response, one)
        : answer(200, { state: "success", reference: "R-2" })(response, one);
    expect(await rechargeOnce(supplier(), recharge, true)).toEqual({ state: "success", reference: "R-2" });
    expect(seen.map(({ method }) => method)).toEqual(["GET", "POST"]);
  });

  it("D2: is not sent again while the supplier cannot be asked", async () => {
    respond = (response) => response.destroy();
    expect(await rechargeOnce(supplier(), recharge, true)).toMatchObject({ state: "unclear" });
    expect(seen.map(({ method }) => method)).toEqual(["GET"]);
  });
});

describe("a supplier that keeps failing", () => {
  it("is left alone: nothing is sent, and the line is refused rather than unclear", async () => {
    respond = (response) => response.destroy();
    const failing = supplier({ failuresToBreak: 2, restMs: 60_000 });
    await failing.recharge(recharge);
    await failing.recharge(recharge);
    expect(await failing.recharge(recharge)).toMatchObject({
      state: "refused",
      code: "delivery.supplier_failed",
    });
    expect(await failing.ask(recharge.lineId)).toMatchObject({ state: "unclear" });
    expect(seen).toHaveLength(2);
  });

  it("is tried again after its rest, and refusals do not count as failing", async () => {
    respond = (response) => response.destroy();
    const resting = supplier({ failuresToBreak: 1, restMs: 1 });
    await resting.recharge(recharge);
    respond = answer(200, { state: "refused", reason: "invalid_account" });
    await expect
      .poll(() => resting.recharge(recharge), patience)
      .toMatchObject({ code: "delivery.invalid_account" });
    expect(await resting.recharge(recharge)).toMatchObject({ code: "delivery.invalid_account" });
  });
});
