import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it, onTestFinished } from "vitest";
import { eventually } from "../../../test/poll.ts";
import { watchVitals } from "./vitals.ts";

it.runIf(process.platform === "linux")("a process is seen to run, and to be stopped", async () => {
  const child = spawn(process.execPath, ["-e", "while (true);"], { stdio: "ignore" });
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await once(child, "exit");
  });
  const pid = child.pid ?? 0;
  const look = watchVitals();
  const see = () => look([{ name: "shop-1", pid }]).get("shop-1");
  const running = await eventually("it runs", () => {
    const seen = see();
    return seen && seen.ranMs > 0 ? seen : undefined;
  });
  expect(running.isStopped).toBe(false);
  process.kill(pid, "SIGSTOP");
  // What it ran until the signal came may be booked a moment later.
  await eventually("it is stopped, and nothing of it runs between two looks", () => {
    const seen = see();
    return seen?.isStopped && seen.ranMs === 0 && seen.waitedMs === 0;
  });
});

it("of a process that does not run nothing is known", () => {
  const look = watchVitals();
  const nodes = [
    { name: "shop-1", pid: null },
    { name: "shop-2", pid: 2 ** 30 },
  ];
  expect([...look(nodes), ...look(nodes)]).toEqual([]);
});
