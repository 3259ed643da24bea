import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../../test/poll.ts";
import { watchFaultFolder } from "./fault-folder.ts";
import {
  allFaultPoints,
  armFaults,
  type Fault,
  type FaultPoint,
  faultPoint,
  faultPoints,
  InjectedFault,
} from "./faultpoint.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "orderwatch-faults-"));
});
afterEach(() => {
  armFaults(undefined);
  rmSync(folder, { recursive: true });
});

const plant = (point: FaultPoint, fault: Fault) => {
  writeFileSync(join(folder, "draft"), JSON.stringify(fault));
  renameSync(join(folder, "draft"), join(folder, point));
};

describe("fault points", () => {
  it("are passed without anything happening while nothing is armed", () => {
    expect(faultPoints.map((point) => faultPoint(point))).toEqual(faultPoints.map(() => undefined));
  });

  it("strike once where a fault was planted, and leave a trace wherever they were passed", async () => {
    armFaults(watchFaultFolder(folder));
    plant("order.placed", { kind: "fail" });
    const struck = await eventually("the fault is noticed", () =>
      faultPoint("order.placed")?.catch((error) => error),
    );
    expect(struck).toBeInstanceOf(InjectedFault);
    expect(faultPoint("order.placed")).toBeUndefined();
    expect(faultPoint("order.placing")).toBeUndefined();
    expect(readdirSync(join(folder, "reached")).sort()).toEqual(["order.placed", "order.placing"]);
  });

  it("kill the process that passes, at that very place", async () => {
    plant("order.placed", { kind: "kill" });
    const program = `
      import { armFaults, faultPoint } from ${JSON.stringify(join(import.meta.dirname, "faultpoint.ts"))};
      import { watchFaultFolder } from ${JSON.stringify(join(import.meta.dirname, "fault-folder.ts"))};
      armFaults(watchFaultFolder(${JSON.stringify(folder)}));
      process.stdout.write("before ");
      await faultPoint("order.placed");
      process.stdout.write("after");`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program]);
    let said = "";
    child.stdout.on("data", (chunk) => {
      said += String(chunk);
    });
    const [, signal] = await once(child, "close");
    expect({ signal, said }).toEqual({ signal: "SIGKILL", said: "before " });
    expect(existsSync(join(folder, "order.placed"))).toBe(false);
  });

  it("stand in the code once each", () => {
    const source = join(import.meta.dirname, "..");
    const passed = readdirSync(source, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"))
      .flatMap((path) => [
        ...readFileSync(join(source, path), "utf8").matchAll(/await faultPoint\("([^"]+)"\)/g),
      ])
      .map((match) => match[1]);
    expect(passed.sort()).toEqual([...allFaultPoints].sort());
  });
});
