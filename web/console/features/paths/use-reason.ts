import { useCodeWords, useWords } from "../../words.ts";
import { statuses } from "../orders/search.ts";

/** A problem code, or the state of an order that has none, in words. */
export function useReason(): (code: string) => string {
  const t = useWords();
  const { problem } = useCodeWords();
  return (code) => {
    const status = statuses.find((each) => code === `status.${each}`);
    return status === undefined ? problem(code) : t(`status.${status}`);
  };
}
