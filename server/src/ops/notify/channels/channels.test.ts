import { createECDH, createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ContactAddress } from "@orderwatch/shared/ops/notify.ts";
import { WebPushSubscription } from "@orderwatch/shared/push.ts";
import { afterEach, describe, expect, it } from "vitest";
import webPush from "web-push";
import { openMailServer } from "../../../../test/mail.ts";
import type { Channel } from "./channel.ts";
import { createEmail } from "./email.ts";
import { createPush } from "./push.ts";
import { createRobot } from "./robots.ts";

const clock = { now: () => new Date("2026-03-01T08:00:00.000Z") };
const message = { id: "0195-a", title: "Payments fail", text: "Look", link: null, urgent: true };
const closing: (() => Promise<unknown>)[] = [];
const address = (server: Pick<Server, "address">) => (server.address() as AddressInfo).port;

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

interface Seen {
  query: URLSearchParams;
  body: string;
}

/** A robot's company that answers what `answer` makes of a request. */
async function company(answer: (seen: Seen) => { status?: number; body: string }): Promise<string> {
  const server = createServer((request, response) => {
    void read(request).then((body) => {
      const { status = 200, body: said } = answer({
        query: new URL(request.url ?? "/", "http://x").searchParams,
        body,
      });
      response.writeHead(status).end(said);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  return `http://127.0.0.1:${address(server)}/robot`;
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}

const send = (channel: Channel, to: ContactAddress) => channel.send(message, to);

describe("push", () => {
  it("refuses a subscription whose key nothing can be encrypted for, and never throws for it", async () => {
    const push = createPush({
      vapid: { subject: "mailto:staff@example.com", ...webPush.generateVAPIDKeys() },
      production: false,
    });
    // The form of a point, and none of the curve's.
    const subscription = WebPushSubscription.parse({
      endpoint: "http://127.0.0.1:9/push",
      keys: { p256dh: `B${"A".repeat(86)}`, auth: "A".repeat(22) },
    });
    expect(await send(push, { channel: "push", subscription })).toMatchObject({ state: "refused" });
  });

  it("takes no subscription at the edge whose key has not the form of a point", () => {
    const isTaken = (p256dh: string) =>
      WebPushSubscription.safeParse({
        ...{ endpoint: "https://push.example.com/x", keys: { p256dh, auth: "A".repeat(22) } },
      }).success;
    const key = createECDH("prime256v1");
    for (let n = 0; n < 50; n++) expect(isTaken(key.generateKeys("base64url"))).toBe(true);
    for (const bytes of [64, 66, 60, 75])
      expect(isTaken(Buffer.alloc(bytes, 4).toString("base64url"))).toBe(false);
    for (const first of [0, 2, 3, 5])
      expect(isTaken(Buffer.from([first, ...key.getPublicKey().subarray(1)]).toString("base64url"))).toBe(
        false,
      );
  });
});

describe("robots of messengers", () => {
  it("of DingTalk take what is signed with their secret, and say why they take nothing else", async () => {
    const url = await company(({ query }) => {
      const stamp = query.get("timestamp") ?? "";
      const expected = createHmac("sha256", "SECdingtalk").update(`${stamp}\nSECdingtalk`).digest("base64");
      const isSigned = query.get("sign") === expected && stamp === String(clock.now().getTime());
      return {
        body: JSON.stringify(isSigned ? { errcode: 0, errmsg: "ok" } : { errcode: 310000, errmsg: "sign" }),
      };
    });
    const robot = createRobot("dingtalk", { clock, production: false });
    expect(await send(robot, { channel: "dingtalk", url, secret: "SECdingtalk" })).toMatchObject({
      state: "accepted",
    });
    expect(await send(robot, { channel: "dingtalk", url, secret: "another" })).toEqual({
      ...{ state: "failed", detail: "310000: sign" },
    });
  });

  it("of Feishu take what is signed in their way", async () => {
    const url = await company(({ body }) => {
      const { timestamp, sign, content } = JSON.parse(body);
      const expected = createHmac("sha256", `${timestamp}\nfeishu-secret`).digest("base64");
      const isSigned = sign === expected && content.text.includes("Payments fail");
      return { body: JSON.stringify(isSigned ? { code: 0 } : { code: 19021, msg: "sign match fail" }) };
    });
    const robot = createRobot("feishu", { clock, production: false });
    expect(await send(robot, { channel: "feishu", url, secret: "feishu-secret" })).toMatchObject({
      state: "accepted",
    });
    expect(await send(robot, { channel: "feishu", url, secret: "x" })).toMatchObject({ state: "failed" });
  });

  it("of WeCom and Slack take plain text; a webhook that is gone refuses for good", async () => {
    const wecom = await company(({ body }) => ({
      body: JSON.stringify({ errcode: JSON.parse(body).text.content.includes("Look") ? 0 : 1 }),
    }));
    const slack = await company(() => ({ body: "ok" }));
    const gone = await company(() => ({ status: 404, body: "no_team" }));
    const of = (name: "wecom" | "slack") => createRobot(name, { clock, production: false });
    expect(await send(of("wecom"), { channel: "wecom", url: wecom })).toMatchObject({ state: "accepted" });
    expect(await send(of("slack"), { channel: "slack", url: slack })).toMatchObject({ state: "accepted" });
    expect(await send(of("slack"), { channel: "slack", url: gone })).toMatchObject({ state: "refused" });
  });

  it("are never called at an address inside the house in production", async () => {
    let calls = 0;
    const url = await company(() => {
      calls += 1;
      return { body: "ok" };
    });
    const robot = createRobot("slack", { clock, production: true });
    expect(await send(robot, { channel: "slack", url })).toMatchObject({ state: "refused" });
    expect(calls).toBe(0);
  });
});

async function mailServer(refusal?: string) {
  const server = await openMailServer(refusal);
  closing.push(server.close);
  return server;
}

describe("e-mail", () => {
  it("is accepted when the mail server took it, under the attempt's own Message-ID", async () => {
    const { url, mails } = await mailServer();
    const channel = createEmail({ url, from: "orderwatch@example.com" });
    expect(await send(channel, { channel: "email", email: "a@example.com" })).toEqual({
      ...{ state: "accepted", providerId: "<0195-a@orderwatch>" },
    });
    expect(mails[0]).toMatch(/^Message-ID: <0195-a@orderwatch>\r$/m);
  });

  it("to an address that nobody has is refused for good, and a server that is away only fails", async () => {
    const { url } = await mailServer("550 no such user");
    const to = { channel: "email" as const, email: "nobody@example.com" };
    expect(await send(createEmail({ url, from: "orderwatch@example.com" }), to)).toMatchObject({
      state: "refused",
    });
    const away = createEmail({ url: "smtp://127.0.0.1:1", from: "orderwatch@example.com" });
    expect(await send(away, to)).toMatchObject({ state: "failed" });
  });
});
