import { ProblemError } from "@orderwatch/shared/client.ts";
import { lazy, useEffect, useRef } from "react";
import { useSpeech } from "../language/language.tsx";
import { FailureCard } from "../remedies/failure-card.tsx";
import { type WayOut, waysOut } from "../remedies/ways-out.ts";
import type { Taken } from "../remedies/ways-out-list.tsx";
import { verdictOf } from "./attempt.ts";
import type { Draft } from "./draft.ts";

const CallWithoutOrder = lazy(async () => ({
  default: (await import("../support/call-without-order.tsx")).CallWithoutOrder,
}));

interface RefusalProps {
  error: unknown;
  /** When it failed; milliseconds since 1970. */
  at: number;
  /** What was asked for. */
  draft: Draft;
  sku: string;
  limit: number;
  onTake: (way: Taken) => void;
}

/** Why an order was not made, or why nobody knows whether it was, with the ways on from here. */
export function Refusal({ error, at, draft, sku, limit, onTake }: RefusalProps) {
  const { words, explain } = useSpeech();
  const card = useRef<HTMLDivElement>(null);
  // The button that was pressed is at the other end of the sheet.
  useEffect(() => card.current?.scrollIntoView({ block: "nearest" }), []);
  const problem = error instanceof ProblemError ? error.problem : null;
  const refused = verdictOf(error) === "refused";
  const { refusedNext } = words.problem;
  const known = Object.entries(refusedNext).find(([code]) => code === problem?.code);
  const next = known?.[1] ?? words.problem.refused;
  const { quantity, method } = draft;
  // What was sent before is no order of this device's: the next press sends what is filled in now, as a new one.
  const ways: WayOut[] =
    problem?.code === "idempotency.mismatch"
      ? [{ does: "place_again" }, { does: "support" }]
      : refused
        ? waysOut(problem?.remedies ?? [], { place: "refusal", sku, quantity, method, limit })
        : [{ does: "place_again" }, { does: "call_back" }];
  return (
    <div ref={card}>
      <FailureCard
        happened={problem ? explain(problem) : words.problem.lost}
        money={words.problem.notPaid}
        next={refused ? next : words.problem.lostNext}
        ways={ways}
        onTake={onTake}
        contact={draft}
        inside={{
          call_back: (
            <CallWithoutOrder sku={sku} quantity={quantity} code={problem?.code} phone={draft.phone} />
          ),
        }}
        facts={{ ...(problem ? { code: problem.code, request: problem.requestId } : {}), at }}
      />
    </div>
  );
}
