import { setImmediate } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { createLog } from "../../platform/log.ts";
import { lookAtProcess } from "../../platform/process-identity.ts";
import { spawnChild } from "./child.ts";

const log = createLog({ level: "silent", name: "test" });

it.runIf(process.platform === "linux")(
  "a killed process is known to be over before the system tells of its end",
  async () => {
    const told: string[] = [];
    const child = spawnChild({
      ...{ command: [process.execPath, "-e", "setInterval(() => undefined, 1000)"], environment: {}, log },
      hasOwnSession: false,
      ...{ onMessage: () => undefined, onExit: (how: string) => told.push(how) },
    });
    onTestFinished(() => child.kill());
    expect(child.isOver()).toBe(false);
    child.kill();
    // Our own loop, which the end would be told to, does not turn meanwhile.
    while (lookAtProcess(child.pid)?.isExiting === false);
    expect([child.isOver(), told]).toEqual([true, []]);
    while (told.length === 0) await setImmediate();
    expect([child.isOver(), told]).toEqual([true, ["SIGKILL"]]);
  },
);

it("a process that Node refuses to start by throwing has ended, as whoever started it hears afterwards", async () => {
  const told: string[] = [];
  const child = spawnChild({
    ...{ command: [process.execPath, "-e", ""], environment: { NODE_NAME: "\0" }, log },
    hasOwnSession: false,
    ...{ onMessage: () => undefined, onExit: (how: string) => told.push(how) },
  });
  child.kill();
  child.send({ type: "stop" });
  expect([child.pid, child.isStopped(), child.isOver(), told]).toEqual([0, false, true, []]);
  while (told.length === 0) await setImmediate();
  expect(told).toEqual([expect.stringContaining("without null bytes")]);
});
