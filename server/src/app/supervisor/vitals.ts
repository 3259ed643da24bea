import { readFileSync } from "node:fs";
import { lookAtProcess } from "../../platform/process-identity.ts";
import type { Vitals } from "./pool-model.ts";

type Sample = { ranNs: number; waitedNs: number };

/** proc(5): time on the processor, time waiting for one (both ns), and slices; of the main thread. */
function parseSchedule(text: string): Sample | null {
  const [ranNs, waitedNs] = text.trim().split(" ").map(Number);
  return Number.isFinite(ranNs) && Number.isFinite(waitedNs)
    ? { ranNs: Number(ranNs), waitedNs: Number(waitedNs) }
    : null;
}

function read(pid: number): { sample: Sample; state: string | undefined } | null {
  try {
    const sample = parseSchedule(readFileSync(`/proc/${pid}/schedstat`, "utf8"));
    return sample && { sample, state: lookAtProcess(pid)?.state };
  } catch {
    // It has ended, or this system keeps no such figures: then silence is all there is to go by.
    return null;
  }
}

/**
 * Watches what processes do between looks, so that one that is starved of processor time is told from one that hangs.
 * Knows nothing where there is no /proc.
 */
export function watchVitals(): (
  nodes: readonly { name: string; pid: number | null }[],
) => Map<string, Vitals> {
  let before = new Map<number, Sample>();
  let lookedAt = performance.now();
  return (nodes) => {
    const passedMs = performance.now() - lookedAt;
    lookedAt += passedMs;
    const seen = new Map<number, Sample>();
    const vitals = new Map<string, Vitals>();
    for (const { name, pid } of nodes) {
      const found = pid ? read(pid) : null;
      if (!found || !pid) continue;
      const { sample, state } = found;
      const last = before.get(pid);
      seen.set(pid, sample);
      if (!last) continue;
      const ranMs = (sample.ranNs - last.ranNs) / 1e6;
      const bookedMs = (sample.waitedNs - last.waitedNs) / 1e6;
      // A wait that still lasts is not booked yet: ready to run all the time, it did not run at all.
      const waitedMs = state === "R" && ranMs === 0 ? Math.max(passedMs, bookedMs) : bookedMs;
      vitals.set(name, { ranMs, waitedMs, isStopped: state === "T" });
    }
    before = seen;
    return vitals;
  };
}
