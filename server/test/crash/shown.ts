import { isDeepStrictEqual } from "node:util";
import type { Violation } from "../../src/shop/invariants/actions.ts";
import type { Memory } from "./memory.ts";

const readersAtOnce = 8;

/** Orders that were seen delivered are read once more: each still shows the codes that it showed then, and no other. */
export async function checkShown(
  { codes }: Pick<Memory, "codes">,
  readAgain: (orderId: string) => Promise<string[] | undefined>,
): Promise<Violation[]> {
  const waiting = [...Map.groupBy(codes, ([, owner]) => owner)];
  const samples: { id: string; before: string[]; now: string[] | undefined }[] = [];
  const reader = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const [id, shown] = next;
      const before = shown.map(([code]) => code).sort();
      const now = (await readAgain(id))?.sort();
      if (!isDeepStrictEqual(now, before)) samples.push({ id, before, now });
    }
  };
  await Promise.all(Array.from({ length: readersAtOnce }, reader));
  const what = "a delivered order that shows other codes than it did";
  return samples.length === 0
    ? []
    : [{ invariant: "D1", what, count: samples.length, samples: samples.slice(0, 5) }];
}
