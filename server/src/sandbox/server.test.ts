import { request } from "node:http";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { newId, newSandboxKeys, SandboxMerchant } from "../../test/sandbox-merchant.ts";
import type { SandboxKeys } from "../platform/sandbox-keys.ts";

let keys: SandboxKeys;
let merchant: SandboxMerchant;
beforeAll(async () => {
  keys = await newSandboxKeys();
});
beforeEach(async () => {
  merchant = await SandboxMerchant.start(keys);
});
afterEach(() => merchant.stop());

describe("the sandbox's own interface", () => {
  it("answers 404 for a payment nobody knows, 400 with its errors for bad input, 415 for another content type", async () => {
    expect(await merchant.pay(newId(), "success")).toMatchObject({
      status: 404,
      body: { code: "payment.not_found" },
    });
    expect(await merchant.pay(newId(), "nonsense")).toMatchObject({
      status: 400,
      body: { code: "request.invalid", errors: [{ path: "outcome" }] },
    });
    expect(
      await merchant.call("POST", `/payments/${newId()}/pay`, "{}", { "content-type": "text/plain" }),
    ).toMatchObject({
      status: 415,
    });
  });

  it("is closed to other hosts' names, so that no page can rebind its own to it", async () => {
    const { port } = new URL(merchant.sandboxUrl);
    const status = await new Promise((resolve, reject) => {
      request(
        { port, host: "127.0.0.1", path: "/behaviour", headers: { host: "evil.example" } },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      )
        .on("error", reject)
        .end();
    });
    expect(status).toBe(403);
  });

  it("shows and ends behaviour, and refuses what makes no sense", async () => {
    await merchant.call("PUT", "/behaviour", { provider: "supplier", errorRate: 0.5 });
    expect((await merchant.call("GET", "/behaviour")).body.items).toEqual([
      { provider: "supplier", errorRate: 0.5 },
    ]);
    expect(await merchant.call("PUT", "/behaviour", { provider: "supplier", errorRate: 2 })).toMatchObject({
      status: 400,
    });
    expect(await merchant.call("DELETE", "/behaviour")).toMatchObject({ status: 204 });
    expect((await merchant.call("GET", "/behaviour")).body.items).toEqual([]);
  });

  it("shows the payer a page in both languages that leads back to the shop and nowhere else", async () => {
    const { paymentId } = merchant.newPayment("wechat", { description: "<b>卡</b>" });
    const { url } = await merchant
      .provider("wechat")
      .prepay(merchant.newPayment("wechat", { paymentId, description: "<b>卡</b>" }));
    const page = await (await fetch(url)).text();
    expect(page).toContain("¥</span>12.34");
    expect(page).toContain("Limit exceeded");
    expect(page).not.toContain("<b>卡");
    expect(page).toContain(`href="${merchant.url}/orders/1?from=pay&#38;x=1"`);
    const away = await (
      await fetch(url.replace(/redirect_url=.*/, "redirect_url=https%3A%2F%2Fevil.example"))
    ).text();
    expect(away).not.toContain("evil.example");
    const choice = await merchant.call("POST", new URL(url).pathname, { outcome: "success" });
    expect(choice).toMatchObject({ status: 200, body: { paymentId, state: "paid" } });
  });
});
