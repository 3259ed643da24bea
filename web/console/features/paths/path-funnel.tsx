import type { FunnelStepCount } from "@orderwatch/shared/ops/funnel.ts";
import type { FunnelStep } from "@orderwatch/shared/ops/funnel-steps.ts";
import { Link } from "@tanstack/react-router";
import { useFormats, useWords } from "../../words.ts";
import classes from "./paths.module.css";
import type { PathsSearch } from "./search.ts";
import { Change } from "./share.tsx";
import { lostBefore } from "./transform.ts";

/** How far visits came; the figure of those that stopped at a step opens them. */
export function PathFunnel({
  steps,
  search,
  chosen,
}: {
  steps: readonly FunnelStepCount[];
  search: PathsSearch;
  /** The step whose visits are listed. */
  chosen: FunnelStep;
}) {
  const t = useWords();
  const formats = useFormats();
  const widest = Math.max(1, steps[0]?.reached ?? 0);
  const stopped = (at: number) => (at === steps.length - 1 ? null : (lostBefore(steps, at + 1) ?? null));
  return (
    <table className={classes.funnel}>
      <caption className="ow-unseen">{t("paths.funnel")}</caption>
      <thead>
        <tr>
          <th scope="col">{t("paths.step")}</th>
          <th scope="col" className={classes.number}>
            {t("paths.visits")}
          </th>
          <th scope="col" className={classes.number} title={t("paths.keptHelp")}>
            {t("paths.kept")}
          </th>
          <th scope="col" className={classes.number} title={t("paths.changeHelp")}>
            {t("paths.change")}
          </th>
          <th scope="col" className={classes.number} title={t("paths.lostHelp")}>
            {t("paths.lost")}
          </th>
        </tr>
      </thead>
      <tbody>
        {steps.map((each, at) => {
          const lost = stopped(at);
          return (
            <tr key={each.step} data-chosen={chosen === each.step || undefined}>
              <th scope="row">
                <span className={classes.label}>
                  <span className={classes.bar} style={{ width: `${(100 * each.reached) / widest}%` }} />
                  <span>{t(`live.step.${each.step}`)}</span>
                  {each.inferred === 0 ? null : (
                    <small className={classes.inferred}>
                      {t("paths.inferred", { count: formats.count(each.inferred) })}
                    </small>
                  )}
                </span>
              </th>
              <td className={classes.number}>{formats.count(each.reached)}</td>
              <td className={classes.number}>{each.kept === null ? "" : formats.percent(each.kept)}</td>
              <td className={classes.number}>{at === 0 ? "" : <Change step={each} />}</td>
              <td className={classes.number}>
                {lost === null ? (
                  <StepLink step={each.step} search={search} text={formats.count(each.reached)} isEnd />
                ) : (
                  <StepLink step={each.step} search={search} text={formats.count(lost)} />
                )}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function StepLink({
  step,
  search,
  text,
  isEnd,
}: {
  step: FunnelStep;
  search: PathsSearch;
  text: string;
  /** Who came here got what they wanted. */
  isEnd?: true;
}) {
  const t = useWords();
  const { code: _, ...others } = search;
  return (
    <Link
      to="/paths"
      search={{ ...others, reached: step }}
      hash="visits"
      replace
      resetScroll={false}
      className={isEnd ? `${classes.open} ${classes.end}` : classes.open}
      aria-label={`${t(`paths.list.${step}`)}: ${text}`}
    >
      {text}
    </Link>
  );
}
