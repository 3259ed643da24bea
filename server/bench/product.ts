import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LiveFrame, LiveSnapshot } from "@orderwatch/shared/live/frame.ts";
import { io } from "socket.io-client";
import { callJson, type Product, type Staff, startProduct } from "../test/product.ts";
import { print, spread } from "./figures.ts";

type Method = "wechat" | "alipay";
interface Placed {
  id: string;
  token: string;
  payment: { id: string };
}

/** The whole product, as `npm start` runs it: how long it takes to start, to deliver and to show. */
export async function benchProduct(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), "orderwatch-bench-"));
  try {
    const first = await timeStart(dataDir);
    print(`start, empty data folder    ${seconds(first.ms)} (database, keys, demo stock; without downloads)`);
    await first.product.stop();
    const again = await timeStart(dataDir);
    print(`start, second               ${seconds(again.ms)}`);
    await again.product.stop();
    const product = await startProduct({ DATA_DIR: dataDir });
    try {
      const staff = await product.signIn();
      await benchDelivery(product, staff);
      await benchScreen(product, staff);
    } finally {
      await product.stop();
    }
    await benchFrames(dataDir);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function timeStart(dataDir: string): Promise<{ product: Product; ms: number }> {
  const started = performance.now();
  const product = await startProduct({ DATA_DIR: dataDir });
  return { product, ms: performance.now() - started };
}

const post = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(body),
});

const place = (product: Product, sku: string, paymentMethod: Method) =>
  callJson<Placed>(
    `${product.shopUrl}/api/orders`,
    post(
      { sku, quantity: 1, paymentMethod, contact: {}, rechargeAccount: "player-10001" },
      { "idempotency-key": randomUUID(), "x-forwarded-for": `10.${[...randomBytes(3)].join(".")}` },
    ),
  );

/** From the payer's click to the code in the buyer's hand, 25 orders of each provider and kind, one after another. */
async function benchDelivery(product: Product, staff: Staff): Promise<void> {
  const code = `CODE-${randomBytes(3).toString("hex")}`;
  const recharge = `RECHARGE-${randomBytes(3).toString("hex")}`;
  await staff.call("POST", "/api/products", { sku: code, name: code, kind: "code", priceFen: 100 });
  await staff.call("POST", "/api/products", {
    sku: recharge,
    name: recharge,
    kind: "recharge",
    priceFen: 100,
  });
  const codes = Array.from({ length: 200 }, () => randomBytes(8).toString("hex"));
  await staff.call("POST", `/api/products/${code}/codes`, { codes });
  const taken: number[] = [];
  for (let n = 0; n < 100; n++) {
    const placed = await place(product, n % 4 < 2 ? code : recharge, n % 2 ? "wechat" : "alipay");
    const paid = performance.now();
    await callJson(
      `${product.sandboxUrl}/payments/${placed.payment.id}/pay`,
      post({ payer: "payer-1", outcome: "success" }),
    );
    const read = () =>
      callJson<{ status: string }>(`${product.shopUrl}/api/orders/${placed.id}`, {
        headers: { authorization: `Bearer ${placed.token}` },
      });
    while ((await read()).status !== "delivered") await new Promise((resolve) => setTimeout(resolve, 20));
    taken.push(performance.now() - paid);
  }
  print(`pay to delivered            ${spread(taken)} over 100 orders (goal: p95 within 2000 ms)`);
}

/** From the answer to an order to the frame that counts it, at random moments of the second. */
async function benchScreen(product: Product, staff: Staff): Promise<void> {
  const { items } = await staff.call<{ items: { sku: string; kind: string }[] }>("GET", "/api/products");
  const sku = items.find((item) => item.kind === "code")?.sku ?? "";
  const frames = await openFrames(product, staff);
  const taken: number[] = [];
  for (let n = 0; n < 40; n++) {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 1000));
    const shown = frames.next((frame) => frame.placed > 0);
    const begun = performance.now();
    await place(product, sku, "alipay");
    await shown;
    taken.push(performance.now() - begun);
  }
  frames.close();
  print(`order to screen             ${spread(taken)} over 40 orders (goal: p95 within 1500 ms)`);
}

/** The size of frames as they go over the wire, while simulated shoppers buy. */
async function benchFrames(dataDir: string): Promise<void> {
  const product = await startProduct({ DATA_DIR: dataDir, SIMULATE: "20" });
  try {
    const frames = await openFrames(product, await product.signIn());
    const sizes: number[] = [];
    for (let n = 0; n < 20; n++) sizes.push(JSON.stringify(await frames.next(() => true)).length);
    frames.close();
    print(`frame at 20 orders/s        largest of 20: ${Math.max(...sizes)} bytes (goal: 4096)`);
    print(`snapshot                    ${frames.snapshotBytes} bytes`);
  } finally {
    await product.stop();
  }
}

async function openFrames(product: Product, staff: Staff) {
  const socket = io(`${product.consoleUrl}/live`, {
    transports: ["websocket"],
    extraHeaders: { cookie: staff.cookie, origin: product.consoleUrl },
  });
  const waiting: { wants: (frame: LiveFrame) => boolean; resolve: (frame: LiveFrame) => void }[] = [];
  socket.on("frame", (frame: LiveFrame) => {
    for (const each of waiting.filter(({ wants }) => wants(frame))) {
      waiting.splice(waiting.indexOf(each), 1);
      each.resolve(frame);
    }
  });
  const snapshot = await new Promise<LiveSnapshot>((resolve, reject) => {
    socket.on("connect_error", reject);
    socket.emit("subscribe", { topic: "overview" }, resolve);
  });
  return {
    snapshotBytes: JSON.stringify(snapshot).length,
    next: (wants: (frame: LiveFrame) => boolean) =>
      new Promise<LiveFrame>((resolve) => {
        waiting.push({ wants, resolve });
      }),
    close: () => socket.disconnect(),
  };
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
