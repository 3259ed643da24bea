import { existsSync, mkdirSync, readdirSync, readFileSync, unlinkSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { allFaultPoints, type Fault, type FaultPoint, type FaultSource } from "./faultpoint.ts";

const faultFile = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("kill") }),
  z.strictObject({ kind: z.literal("fail") }),
  z.strictObject({ kind: z.literal("delay"), ms: z.int().min(0).max(120_000) }),
]);

const isPoint = (name: string): name is FaultPoint => (allFaultPoints as readonly string[]).includes(name);

/**
 * Faults as files, so that they reach whichever process passes first and outlive all of them: `<folder>/<point>` holds
 * one fault as JSON and is consumed by the process that suffers it. Points that were passed leave a file in
 * `<folder>/reached`. A fault is to be renamed into the folder, since it is read as soon as it appears.
 */
export function watchFaultFolder(folder: string): FaultSource {
  const reachedFolder = join(folder, "reached");
  mkdirSync(reachedFolder, { recursive: true });
  const reached = new Set<FaultPoint>();
  let armed: ReadonlySet<FaultPoint> = new Set();
  const look = () => {
    // Whoever arms faults may take the folder away before this process has ended.
    armed = new Set(existsSync(folder) ? readdirSync(folder).filter(isPoint) : []);
  };
  watch(folder, look).unref();
  look();

  return (point) => {
    if (!reached.has(point)) {
      reached.add(point);
      writeFileSync(join(reachedFolder, point), "");
    }
    return armed.has(point) ? consume(join(folder, point)) : undefined;
  };
}

/** Undefined when another process was faster: only one can remove a file. */
function consume(path: string): Fault | undefined {
  try {
    const fault = faultFile.parse(JSON.parse(readFileSync(path, "utf8")));
    unlinkSync(path);
    return fault;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
