import type { Funnel } from "@orderwatch/shared/ops/funnel.ts";
import type { FunnelStep } from "@orderwatch/shared/ops/funnel-steps.ts";
import { Link } from "@tanstack/react-router";
import { Empty } from "../../../ui/notice.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { useFormats, useWords } from "../../words.ts";
import classes from "./paths.module.css";
import { type PathsSearch, steps } from "./search.ts";
import { useReason } from "./use-reason.ts";

/** The step that visits still reached whom this reason kept from the next. */
const stepBefore = (step: FunnelStep): FunnelStep => steps[steps.indexOf(step) - 1] ?? "visit";

/** Why visits went no farther, as far as anything knows; each reason opens its visits. */
export function StopReasons({ reasons, search }: { reasons: Funnel["reasons"]; search: PathsSearch }) {
  const t = useWords();
  const formats = useFormats();
  const reason = useReason();
  const shown = reasons.filter(
    ({ step }) => search.reached === undefined || stepBefore(step) === search.reached,
  );
  const most = Math.max(1, ...shown.map(({ visits }) => visits));
  const { code: chosen, reached: _, ...others } = search;
  return (
    <Panel
      title={t("paths.reasons")}
      note={search.reached === undefined ? t("paths.reasons.all") : t(`live.step.${search.reached}`)}
      flush
    >
      {shown.length === 0 ? (
        <Empty title={t("paths.reasons.none")}>{t("paths.reasons.noneText")}</Empty>
      ) : (
        <ol className={classes.reasons}>
          {shown.slice(0, 8).map(({ step, code, visits }) => (
            <li key={`${step} ${code}`} data-chosen={chosen === code || undefined}>
              <Link
                to="/paths"
                search={chosen === code ? others : { ...others, reached: stepBefore(step), code }}
                hash={chosen === code ? "" : "visits"}
                replace
                resetScroll={false}
                className={classes.reason}
              >
                <span className={classes.reasonBar} style={{ width: `${(100 * visits) / most}%` }} />
                <span className={classes.reasonText}>{reason(code)}</span>
                <span className={classes.where}>
                  {step === "placed" || step === "paid" || step === "delivered"
                    ? t(`paths.reason.${step}`)
                    : t(`live.step.${step}`)}
                </span>
                <span className={classes.reasonCount}>{formats.count(visits)}</span>
              </Link>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}
