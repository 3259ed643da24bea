import { useQuery } from "@tanstack/react-query";
import { refusalOf } from "../../../lib/api.ts";
import { Empty, Notice } from "../../../ui/notice.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { useCodeWords, useFormats, useWords } from "../../words.ts";
import { stockQuery } from "./queries.ts";
import classes from "./stock-panel.module.css";

const parts = ["available", "held", "sold", "void"] as const;

/** A product's codes by state; together they are all that was ever imported. */
export function StockPanel({ sku }: { sku: string }) {
  const t = useWords();
  const formats = useFormats();
  const { problem } = useCodeWords();
  const { data: stock, error } = useQuery(stockQuery(sku));
  if (error !== null && stock === undefined)
    return (
      <Panel title={t("stock.title")}>
        <Notice level="bad" title={problem(refusalOf(error).code)} />
      </Panel>
    );
  if (stock === undefined)
    return (
      <Panel title={t("stock.title")}>
        <Empty title={t("app.loading")} />
      </Panel>
    );
  const counts = Object.fromEntries(
    Object.entries(stock).map(([name, count]) => [name, formats.count(count)]),
  ) as Record<keyof typeof stock, string>;
  return (
    <Panel title={t("stock.title")} note={`${t("stock.imported")} ${counts.imported}`}>
      <div className={classes.bar} role="img" aria-label={t("stock.sum", counts)}>
        {parts.map((part) =>
          stock[part] === 0 ? null : <span key={part} data-part={part} style={{ flexGrow: stock[part] }} />,
        )}
      </div>
      <dl className={classes.parts}>
        {parts.map((part) => (
          <div key={part}>
            <dt>
              <span className={classes.swatch} data-part={part} /> {t(`stock.${part}`)}
            </dt>
            <dd>{counts[part]}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
