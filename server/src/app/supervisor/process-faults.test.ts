import { randomUUID } from "node:crypto";
import type { DrillFault } from "@orderwatch/shared/ops/drill-faults.ts";
import { expect, it, onTestFinished } from "vitest";
import { eventually } from "../../../test/poll.ts";
import { createKeys } from "../../platform/crypto.ts";
import { signLease } from "../../platform/faults/proof.ts";
import { createLog } from "../../platform/log.ts";
import { spawnChild } from "./child.ts";
import { openProcessFaults } from "./process-faults.ts";

const keys = createKeys("k".repeat(32));
const log = createLog({ level: "silent", name: "test" });

it.runIf(process.platform === "linux")(
  "O8: a frozen process is seen to stand still, and a fault that was taken back lingers for as long as it does",
  async () => {
    const child = spawnChild({
      ...{ command: [process.execPath, "-e", "setInterval(() => undefined, 1000)"], environment: {}, log },
      hasOwnSession: false,
      ...{ onMessage: () => undefined, onExit: () => undefined },
    });
    onTestFinished(() => child.kill());
    const faults = openProcessFaults({
      ...{ keys, log },
      processes: { childOf: () => child, restart: () => null },
    });
    onTestFinished(() => faults.close());
    const fault: DrillFault = { kind: "freeze", node: "shop-1" };
    const id = randomUUID();
    const radius = { traffic: "live", percent: 100, orders: 1, buyers: 1 } as const;
    const expiresAt = new Date(Date.now() + 9_000).toISOString();
    faults.grant(signLease(keys, "supervisor", { id, run: randomUUID(), fault, radius, expiresAt }));
    await eventually("it stands still", () => child.isStopped());

    await faults.revert(id);
    await eventually("it goes on", () => faults.report(id).lingers === undefined);
    expect(child.isStopped()).toBe(false);
    // Whoever stops it again behind our back is noticed.
    child.signal("SIGSTOP");
    await eventually("it is seen to stand still", () => faults.report(id).lingers === true);
  },
);
