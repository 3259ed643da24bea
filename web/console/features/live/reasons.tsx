import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { Empty } from "../../../ui/notice.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { Sparkline } from "../../../ui/sparkline.tsx";
import { useCodeWords, useFormats, useWords } from "../../words.ts";
import classes from "./reasons.module.css";
import type { RankedCode } from "./transform.ts";

interface ReasonsProps {
  of: "failures" | "refused";
  rows: readonly RankedCode[];
  from: string;
  note: string;
}

/** Codes ranked by how often they came, each leading to what is behind it. */
export const Reasons = memo(function Reasons({ of, rows, from, note }: ReasonsProps) {
  const t = useWords();
  const formats = useFormats();
  const { problem } = useCodeWords();
  return (
    <Panel id={of} title={t(`live.${of}`)} note={note} flush className={classes.panel}>
      {rows.length === 0 ? (
        <Empty title={t(`live.${of}.none`)}>{t(`live.${of}.noneText`)}</Empty>
      ) : (
        <ol className={classes.list}>
          {rows.map(({ code, count, share, course }) => (
            <li key={code}>
              <Link {...wayOf(of, code, from)} className={classes.row}>
                <span className={classes.words}>
                  <span className={classes.reason}>
                    {code === "other" ? t("live.code.other") : problem(code)}
                  </span>
                  <code className={classes.code}>{code}</code>
                </span>
                <Sparkline
                  values={course}
                  width={64}
                  color={of === "failures" ? "var(--ow-bad)" : "var(--ow-warn)"}
                />
                <span className={classes.count}>{formats.count(count)}</span>
                <span className={classes.share}>{formats.percent(share)}</span>
              </Link>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
});

/** A failure leads to its orders. A refusal made none: one of stock leads to the products, others to what did get through. */
function wayOf(of: ReasonsProps["of"], code: string, from: string) {
  if (of === "failures" && code !== "other")
    return { to: "/orders", search: { failureCode: code, from } } as const;
  if (code.startsWith("stock.")) return { to: "/products", search: {} } as const;
  return { to: "/orders", search: { from } } as const;
}
