import { FaultLease } from "@orderwatch/shared/ops/drill-faults.ts";
import { z } from "zod";
import type { Keys } from "../crypto.ts";

/** A lease as it travels to its target. */
export const SignedLease = z.strictObject({ lease: FaultLease, proof: z.string().max(64) });
export type SignedLease = z.infer<typeof SignedLease>;

// Parsing puts the fields into the schema's order, so that both sides sign the same text.
const textOf = (target: string, lease: FaultLease) => `${target}\n${JSON.stringify(FaultLease.parse(lease))}`;

/** Only holders of the master key can make one; it is good for this target, this fault and this end alone. */
export function signLease(keys: Keys, target: string, lease: FaultLease): SignedLease {
  return { lease, proof: keys.sign("fault-lease", textOf(target, lease)) };
}

export function isSignedLease(keys: Keys, target: string, { lease, proof }: SignedLease): boolean {
  return keys.verify("fault-lease", textOf(target, lease), proof);
}
