import {
  createDecipheriv,
  createECDH,
  createPublicKey,
  type ECDH,
  hkdfSync,
  randomBytes,
  verify as verifySignature,
} from "node:crypto";
import { route } from "@orderwatch/shared/route.ts";
import { z } from "zod";
import type { Clock } from "../platform/clock.ts";
import { type Endpoint, endpoint } from "../platform/http/endpoint.ts";
import { type HttpReply, type HttpRequest, header, jsonReply } from "../platform/http/message.ts";
import type { Behaviours } from "./behaviour.ts";
import { MessageBook } from "./message-book.ts";

interface Subscription {
  applicationServerKey: string;
  keys: ECDH;
  auth: Buffer;
}

interface Message {
  subscription: string;
  topic: string | null;
  urgency: string;
  payload: string;
  at: Date;
}

const BODY_LIMIT = 4096 + 200;

const subscribeRoute = route({
  path: "POST /push/subscriptions",
  summary: "Subscribe as a browser would, whose keys the company keeps",
  body: z.strictObject({ applicationServerKey: z.string().min(80).max(100) }),
  reply: z.object({ endpoint: z.string(), keys: z.object({ p256dh: z.string(), auth: z.string() }) }),
  status: 201,
});

/**
 * A push company (RFC 8030) together with its browsers: messages are taken with the subscriber's VAPID key alone (RFC
 * 8292) and opened as a browser opens them (RFC 8291). `GET /push/messages` shows them, newest first, by pages.
 */
export function createPushCompany({
  clock,
  behaviours,
  url,
}: {
  clock: Clock;
  behaviours: Behaviours;
  url: string;
}): Endpoint[] {
  const subscriptions = new Map<string, Subscription>();
  const messages = new MessageBook<Message>();

  const push = async (request: HttpRequest): Promise<HttpReply> => {
    const { fails } = await behaviours.suffer("push");
    if (fails) return { status: 500, headers: {} };
    const id = request.params.id ?? "";
    const subscription = subscriptions.get(id);
    if (!subscription) return { status: 410, headers: {} };
    if (!isAuthorized(request, subscription, new URL(url).origin, clock.now()))
      return { status: 403, headers: {} };
    if (header(request, "ttl") === undefined || header(request, "content-encoding") !== "aes128gcm")
      return { status: 400, headers: {} };
    const payload = decrypt(request.body, subscription);
    if (payload === undefined) return { status: 400, headers: {} };
    messages.add({
      ...{ subscription: id, topic: header(request, "topic") ?? null, payload, at: clock.now() },
      urgency: header(request, "urgency") ?? "normal",
    });
    if (behaviours.losesAnswer("push")) return { status: 500, headers: {} };
    return { status: 201, headers: { location: `${url}/push/messages/${randomBytes(9).toString("hex")}` } };
  };

  return [
    endpoint(subscribeRoute, async ({ body }) => {
      const id = randomBytes(16).toString("base64url");
      const keys = createECDH("prime256v1");
      const p256dh = keys.generateKeys("base64url");
      const auth = randomBytes(16);
      subscriptions.set(id, { applicationServerKey: body.applicationServerKey, keys, auth });
      return { endpoint: `${url}/push/send/${id}`, keys: { p256dh, auth: auth.toString("base64url") } };
    }),
    { method: "POST", path: "/push/send/:id", bodyLimitBytes: BODY_LIMIT, handle: push },
    {
      ...{ method: "GET", path: "/push/messages", bodyLimitBytes: BODY_LIMIT },
      handle: async ({ query }) => jsonReply(200, messages.list(query.get("cursor"))),
    },
  ];
}

const Claims = z.object({ aud: z.string(), exp: z.number(), sub: z.string().optional() });
const AUTHORIZATION = /^vapid t=([^.,\s]+)\.([^.,\s]+)\.([^.,\s]+), ?k=([^,\s]+)$/;
const DAY_S = 86_400;

/** Whether the token is the subscriber's server's own, for this company, and not too old or too long (RFC 8292, 2). */
function isAuthorized(
  request: HttpRequest,
  { applicationServerKey }: Subscription,
  origin: string,
  now: Date,
): boolean {
  const [, head = "", body = "", signature = "", key = ""] =
    AUTHORIZATION.exec(header(request, "authorization") ?? "") ?? [];
  if (key !== applicationServerKey) return false;
  const claims = Claims.safeParse(readJson(Buffer.from(body, "base64url").toString("utf8")));
  const nowS = now.getTime() / 1000;
  if (!claims.success || claims.data.aud !== origin) return false;
  if (claims.data.exp < nowS || claims.data.exp > nowS + DAY_S + 60) return false;
  const point = Buffer.from(key, "base64url");
  if (point.length !== 65) return false;
  const publicKey = createPublicKey({
    format: "jwk",
    key: {
      ...{ kty: "EC", crv: "P-256" },
      ...{ x: point.subarray(1, 33).toString("base64url"), y: point.subarray(33).toString("base64url") },
    },
  });
  return verifySignature(
    "sha256",
    Buffer.from(`${head}.${body}`),
    { key: publicKey, dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"),
  );
}

/** Content encoding aes128gcm of one record (RFC 8188), keyed as RFC 8291 says; undefined for what does not open. */
function decrypt(body: Buffer, { keys, auth }: Subscription): string | undefined {
  try {
    const salt = body.subarray(0, 16);
    const senderKey = body.subarray(21, 21 + body.readUInt8(20));
    const record = body.subarray(21 + senderKey.length);
    const info = Buffer.concat([Buffer.from("WebPush: info\0"), keys.getPublicKey(), senderKey]);
    const secret = Buffer.from(hkdfSync("sha256", keys.computeSecret(senderKey), auth, info, 32));
    const key = Buffer.from(hkdfSync("sha256", secret, salt, "Content-Encoding: aes128gcm\0", 16));
    const nonce = Buffer.from(hkdfSync("sha256", secret, salt, "Content-Encoding: nonce\0", 12));
    const decipher = createDecipheriv("aes-128-gcm", key, nonce, { authTagLength: 16 });
    decipher.setAuthTag(record.subarray(-16));
    const padded = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()]);
    return padded.subarray(0, padded.lastIndexOf(2)).toString("utf8");
  } catch {
    return undefined;
  }
}

/** Undefined for what is not JSON, which no schema accepts. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
