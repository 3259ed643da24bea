import type { ProblemCode } from "@orderwatch/shared/problem.ts";
import { fullQueue } from "../../platform/batcher.ts";
import { isHit } from "../../platform/faults/domain.ts";
import type { Faults } from "../../platform/faults/leases.ts";
import { type PlaceInput, type Placer, soldOut } from "./place.ts";

/** Lets orders be refused as if the queue were full or what they ask for sold out, where a drill wants it. */
export function troublePlacer(
  placer: Placer,
  faults: Faults,
  onRefused: (code: ProblemCode) => void,
  random: () => number = Math.random,
): Placer {
  return {
    async place(input) {
      const { held } = faults;
      if (held.full_queue !== undefined && isStruck(faults, "full_queue", input, random)) throw fullQueue();
      if (held.sold_out !== undefined) refuseSoldOut(faults, input, onRefused, random);
      return await placer.place(input);
    },
    load: () => placer.load(),
    idle: () => placer.idle(),
  };
}

function isStruck(
  faults: Faults,
  kind: "full_queue" | "sold_out",
  { key, origin, body }: PlaceInput,
  random: () => number,
): boolean {
  return faults.active(kind).some((active) => {
    const { fault } = active;
    if (fault.kind === "sold_out" && fault.sku && !body.items.some(({ sku }) => sku === fault.sku))
      return false;
    // It has no id yet; its key stays the same when it is tried again.
    return isHit(fault.rate, random) && active.touches({ order: key, origin });
  });
}

function refuseSoldOut(
  faults: Faults,
  input: PlaceInput,
  onRefused: (code: ProblemCode) => void,
  random: () => number,
): void {
  if (!isStruck(faults, "sold_out", input, random)) return;
  const [first] = faults.active("sold_out");
  const sku = first?.fault.sku ?? input.body.items[0]?.sku ?? "";
  const refusal = soldOut(sku);
  onRefused(refusal.code);
  throw refusal;
}
