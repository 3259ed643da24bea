import type { FunnelGroup } from "@orderwatch/shared/ops/funnel.ts";
import type { FunnelStep } from "@orderwatch/shared/ops/funnel-steps.ts";
import { Link } from "@tanstack/react-router";
import { Empty } from "../../../ui/notice.tsx";
import { Panel } from "../../../ui/panel.tsx";
import table from "../../../ui/table.module.css";
import { useFormats, useWords } from "../../words.ts";
import classes from "./paths.module.css";
import { steps as all, type PathsSearch } from "./search.ts";
import { Change } from "./share.tsx";
import { throughShare } from "./transform.ts";

/** The same steps apart for each device, method or product; a row narrows the screen to itself. */
export function Groups({
  title,
  of,
  groups,
  first,
  search,
  nameOf,
  chosen,
}: {
  title: string;
  /** What a row is one of. */
  of: string;
  groups: readonly FunnelGroup[];
  /** From where on the groups differ. */
  first: FunnelStep;
  search: PathsSearch;
  nameOf: (key: string) => string;
  /** What choosing a row adds to the address. */
  chosen: (key: string) => PathsSearch;
}) {
  const t = useWords();
  const formats = useFormats();
  const shown = all.slice(all.indexOf(first));
  const { reached: _, code: __, ...others } = search;
  return (
    <Panel title={title} note={t("paths.groupHelp")} flush className={classes.group}>
      {groups.length === 0 ? (
        <Empty title={t("paths.noGroups")} />
      ) : (
        <div className={table.scroll}>
          <table className={`${table.table} ${classes.groups}`}>
            <caption className="ow-unseen">{title}</caption>
            <thead>
              <tr>
                <th scope="col">{of}</th>
                <th scope="col" className={table.number}>
                  {t(`live.step.${first}`)}
                </th>
                {shown.slice(1).map((step) => (
                  <th
                    key={step}
                    scope="col"
                    className={`${table.number} ${table.wide}`}
                    title={t("paths.keptHelp")}
                  >
                    {t(`live.step.${step}`)}
                  </th>
                ))}
                <th scope="col" className={table.number}>
                  {t("paths.through")}
                </th>
              </tr>
            </thead>
            <tbody>
              {groups.map(({ key, steps }) => {
                const through = throughShare(steps);
                return (
                  <tr key={key}>
                    <th scope="row" className={classes.name}>
                      <Link
                        to="/paths"
                        search={{ ...others, ...chosen(key) }}
                        replace
                        resetScroll={false}
                        className={table.open}
                      >
                        {nameOf(key)}
                      </Link>
                    </th>
                    <td className={table.number}>{formats.count(steps[0]?.reached ?? 0)}</td>
                    {steps.slice(1).map((step) => (
                      <td key={step.step} className={`${table.number} ${table.wide}`}>
                        {step.kept === null ? (
                          <span className={classes.none}>–</span>
                        ) : (
                          <span className={classes.both}>
                            {formats.percent(step.kept)}
                            {step.change === null ? null : <Change step={step} />}
                          </span>
                        )}
                      </td>
                    ))}
                    <td className={table.number}>{through === null ? "–" : formats.percent(through)}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
