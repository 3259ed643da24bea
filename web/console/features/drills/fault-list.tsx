import { Panel } from "../../../ui/panel.tsx";
import { type Level, Status } from "../../../ui/status.tsx";
import { useFormats, useWords } from "../../words.ts";
import shared from "./drills.module.css";
import type { Run } from "./queries.ts";
import classes from "./run.module.css";
import { useDrillWords } from "./use-drill-words.ts";

const levels: Record<Run["faults"][number]["state"], Level> = {
  recorded: "info",
  injected: "warn",
  reverting: "warn",
  reverted: "ok",
  failed: "bad",
};

/** What is broken, where, how much it touched, and whether it is gone. */
export function FaultList({ run }: { run: Run }) {
  const t = useWords();
  const formats = useFormats();
  const words = useDrillWords();
  const count = (value: number) => formats.count(value);
  return (
    <Panel title={t("drills.run.faults")}>
      {run.faults.length === 0 ? (
        <p className={shared.muted}>{t("drills.run.noFaults")}</p>
      ) : (
        <ul className={classes.faults}>
          {run.faults.map(({ lease, target, fault, state, report, verifiedAt }) => (
            <li key={lease}>
              <div className={classes.fault}>
                <strong>{words.fault(fault)}</strong>
                <Status level={levels[state]}>{t(`drills.run.fault.${state}`)}</Status>
              </div>
              <span className={shared.muted}>
                {target}
                {report === null
                  ? ""
                  : ` · ${t("drills.run.touched", {
                      orders: count(report.touched.orders),
                      buyers: count(report.touched.buyers),
                      passes: count(report.touched.passes),
                    })}`}
                {verifiedAt === null
                  ? ""
                  : ` · ${t("drills.run.verified", { time: formats.clock(verifiedAt) })}`}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
