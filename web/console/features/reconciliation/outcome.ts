import { useCodeWords, useWords } from "../../words.ts";

const own = [
  "payment.settled",
  "payment.confirmed",
  "payment.not_settled",
  "provider.confirms",
  "provider.denies",
  "provider.unreachable",
  "provider.returned",
  "refund.done",
  "refund.recorded",
  "refund.requested",
  "refund.processing",
  "refund.abnormal",
  "refund.failed",
  "refund.refused",
  "refund.ended_otherwise",
] as const;

/** What came of an action, in words: its own codes, else those of problems. */
export function useOutcomeWords(): (code: string) => string {
  const t = useWords();
  const { problem } = useCodeWords();
  return (code) => {
    const known = own.find((each) => each === code);
    return known === undefined ? problem(code) : t(`difference.outcome.${known}`);
  };
}
