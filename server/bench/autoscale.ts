import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { NodeSummary } from "@orderwatch/shared/live/frame.ts";
import type { Scaling } from "@orderwatch/shared/ops/nodes.ts";
import { sendOrders } from "../test/order-load.ts";
import { type Staff, startProduct } from "../test/product.ts";
import { stockUp } from "./failover.ts";
import { print } from "./figures.ts";

const nodeQps = 60;
const peak = 170;
const ramp = { lowS: 5, upS: 30, peakS: 25, downS: 30, afterS: 110 } as const;
const low = 15;

/** Orders a second: low, up in a line, a while at the peak, down in a line, low again. */
function wanted(second: number): number {
  const rising = (second - ramp.lowS) / ramp.upS;
  const falling = (second - ramp.lowS - ramp.upS - ramp.peakS) / ramp.downS;
  const share = Math.min(1, Math.max(0, rising)) - Math.min(1, Math.max(0, falling));
  return low + share * (peak - low);
}

/** Orders a second go up and down: how many nodes take them, whether that flaps, and whether anybody is turned away. */
export async function benchAutoscale(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), "orderwatch-bench-"));
  const settings = { SHOP_NODES: "2", SHOP_NODES_MAX: "4", SHOP_NODE_QPS: String(nodeQps) };
  const product = await startProduct({ DATA_DIR: dataDir, LOG_LEVEL: "fatal", ...settings });
  try {
    const staff = await product.signIn();
    const sku = await stockUp(staff, 40_000);
    const load = sendOrders({ shopUrl: product.shopUrl, sku, rate: wanted });
    const total = Object.values(ramp).reduce((sum, seconds) => sum + seconds, 0);
    for (let second = 0; second < total; second += 5) {
      await delay(5_000);
      print(await describe(staff, second + 5));
    }
    await load.stop();
    const { decisions } = await staff.call<Scaling>("GET", "/api/nodes/scaling");
    const steps = decisions.toReversed().map(({ from, to }) => Math.sign(to - from));
    const turns = steps.filter((step, index) => index > 0 && step !== steps[index - 1]).length;
    print(
      `decisions                  ${decisions
        .toReversed()
        .map(({ from, to, reason }) => `${from}→${to} ${reason}`)
        .join(", ")}`,
    );
    print(`changes of direction       ${turns}   (goal 1)`);
    print(
      `failed requests            ${load.failures.length} of ${load.accepted.size + load.failures.length}   (goal 0)`,
    );
  } finally {
    await product.stop();
    await rm(dataDir, { recursive: true, force: true, maxRetries: 10 });
  }
}

async function describe(staff: Staff, second: number): Promise<string> {
  const { items } = await staff.call<{ items: NodeSummary[] }>("GET", "/api/nodes");
  const active = items.filter((node) => node.state === "active");
  const qps = active.reduce((sum, node) => sum + node.qps, 0);
  const others = items.filter((node) => node.state !== "active").map((node) => node.state);
  return [
    `${String(second).padStart(4)} s   ${wanted(second).toFixed(0).padStart(4)}/s asked, ${qps.toFixed(0).padStart(4)}/s seen`,
    `${active.length} active (${active.map((node) => node.qps.toFixed(0)).join(" + ")}), ${others.join(", ")}`,
  ].join("   ");
}
