import { expect, it, onTestFinished } from "vitest";
import { eventually } from "../../../test/poll.ts";
import { createKeys } from "../../platform/crypto.ts";
import { createLog } from "../../platform/log.ts";
import { bindSharedPort } from "./ports.ts";
import { runPool } from "./runner.ts";

/** A node that is ready at once, and ends when it is told anything. */
const node = `process.on("message", () => process.exit()); process.send({ type: "ready" })`;

it("a node that cannot be started anew is tried again, and why is logged", async () => {
  const lines: string[] = [];
  const sharedPort = bindSharedPort("SHOP_PORT", "127.0.0.1", 0);
  onTestFinished(() => sharedPort.close());
  let starts = 0;
  let pids: readonly number[] = [];
  const runner = runPool({
    nodes: [{ name: "sandbox-1", role: "sandbox" }],
    bounds: { always: 0, most: 0 },
    command: [process.execPath, "-e", node],
    // The second start is one that Node refuses by throwing.
    environmentOf: () => ({ NODE_NAME: ++starts === 2 ? "\0" : "sandbox-1" }),
    sharedPort,
    keys: createKeys("k".repeat(32)),
    log: createLog({ level: "warn", name: "test" }, { write: (line) => void lines.push(line) }),
    onNotice: () => undefined,
    onPids: (running) => {
      pids = running;
    },
  });
  onTestFinished(() => runner.stop());
  await runner.complete;
  const [first = 0] = pids;
  process.kill(first, "SIGKILL");
  const [second] = await eventually("another process", () => pids.length > 0 && pids[0] !== first && pids);
  expect([starts, second]).toEqual([3, expect.any(Number)]);
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { node: "sandbox-1", how: "SIGKILL" },
    { node: "sandbox-1", how: expect.stringContaining("without null bytes") },
  ]);
});
