import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Fault, FaultPoint } from "../src/platform/faultpoint.ts";

/** Faults for processes that run with `FAULTS_DIR` as this folder. */
export interface PlantedFaults {
  folder: string;
  /** Makes the next process that passes the point suffer this; false when one waits there already. */
  plant(point: FaultPoint, fault: Fault): boolean;
  /** What was planted last at a point. */
  last(point: string): Fault | undefined;
  /** Faults that nobody has suffered yet. */
  planted(): string[];
  disarm(): void;
  /** Points that some process has passed. */
  reached(): string[];
}

export function openFaults(folder: string): PlantedFaults {
  mkdirSync(join(folder, "reached"), { recursive: true });
  const last = new Map<string, Fault>();
  const planted = () => readdirSync(folder).filter((name) => name.includes("."));
  return {
    folder,
    plant(point, fault) {
      if (readdirSync(folder).includes(point)) return false;
      writeFileSync(join(folder, "draft"), JSON.stringify(fault));
      renameSync(join(folder, "draft"), join(folder, point));
      last.set(point, fault);
      return true;
    },
    last: (point) => last.get(point),
    planted,
    disarm() {
      for (const name of planted()) rmSync(join(folder, name), { force: true });
    },
    reached: () => readdirSync(join(folder, "reached")),
  };
}

/** Kills a process at once; false when it was gone already. */
export function strike(pid: number): boolean {
  try {
    process.kill(pid, "SIGKILL");
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}
