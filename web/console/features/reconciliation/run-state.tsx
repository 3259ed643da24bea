import type { ReconciliationRun } from "@orderwatch/shared/ops/reconciliation.ts";
import { Status } from "../../../ui/status.tsx";
import { useFormats, useWords } from "../../words.ts";

const openCount = (run: ReconciliationRun): number =>
  run.differences.reduce((sum, { open }) => sum + open, 0);

/** Rows of the bill that stand against each other; null until the bill's length is known. */
const allRows = (run: ReconciliationRun): number => Math.max(run.rowsRead, run.rowsCompared);

/** Where a comparison stands, in words that move with it. */
export function RunState({ run }: { run: ReconciliationRun }) {
  const t = useWords();
  const formats = useFormats();
  const open = openCount(run);
  if (run.state === "failed") return <Status level="bad">{t("recon.state.failed")}</Status>;
  if (run.state === "waiting")
    return <Status level={run.failure === null ? "quiet" : "warn"}>{t("recon.state.waiting")}</Status>;
  if (run.state === "done")
    return open === 0 ? (
      <Status level="ok">{t("recon.state.agrees")}</Status>
    ) : (
      <Status level="warn">{t("recon.state.differs", { count: formats.count(open) })}</Status>
    );
  if (run.stage === "reading")
    return <Status level="info">{t("recon.state.reading", { count: formats.count(run.rowsRead) })}</Status>;
  if (run.stage === "comparing")
    return (
      <Status level="info">
        {t("recon.state.comparing", {
          done: formats.count(run.rowsCompared),
          all: formats.count(allRows(run)),
        })}
      </Status>
    );
  return <Status level="info">{t("recon.state.asking")}</Status>;
}
