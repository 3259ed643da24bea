import type { OpsRoutes } from "@orderwatch/shared/ops/routes.ts";
import type { StepState } from "@orderwatch/shared/ops/runbooks.ts";
import type { ReplyOf } from "@orderwatch/shared/route.ts";

type RunbookView = ReplyOf<OpsRoutes["readRunbook"]>;
export type StepView = RunbookView["steps"][number];

type Ran = { run: { state: StepState } | null };

/** Whether a step waits to be executed, for the first time or again. */
export const isOpen = ({ run }: Ran): boolean =>
  run === null || run.state === "open" || run.state === "failed" || run.state === "reverted";

/** Whether a step changes by itself now. */
export const isMoving = ({ run }: Ran): boolean =>
  run?.state === "acting" || run?.state === "watching" || run?.state === "reverting";

/** The step that is next: the first that is open after all that were executed, so that one may be left out; -1 for none. */
export function currentStep(steps: readonly Ran[]): number {
  const last = steps.findLastIndex((step) => !isOpen(step));
  const next = steps.findIndex((step, at) => at > last && isOpen(step));
  return next === -1 ? steps.findIndex(isOpen) : next;
}
