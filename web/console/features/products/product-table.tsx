import type { StaffProduct } from "@orderwatch/shared/ops/routes.ts";
import { Link } from "@tanstack/react-router";
import { type Level, Status } from "../../../ui/status.tsx";
import table from "../../../ui/table.module.css";
import { useFormats, useWords } from "../../words.ts";

type Sale = "in" | "low" | "out" | "archived";
const levels: Record<Sale, Level> = { in: "ok", low: "warn", out: "bad", archived: "quiet" };

export const saleOf = (product: StaffProduct): Sale => (product.archived ? "archived" : product.stock);

export function SaleState({ product }: { product: StaffProduct }) {
  const t = useWords();
  const sale = saleOf(product);
  return <Status level={levels[sale]}>{t(`products.${sale}`)}</Status>;
}

/** The catalogue as rows; each opens its product. */
export function ProductTable({ products }: { products: readonly StaffProduct[] }) {
  const t = useWords();
  const formats = useFormats();
  return (
    <table className={table.table}>
      <caption className="ow-unseen">{t("products.title")}</caption>
      <thead>
        <tr>
          <th scope="col">{t("products.name")}</th>
          <th scope="col" className={table.wide}>
            {t("products.sku")}
          </th>
          <th scope="col" className={table.wide}>
            {t("products.kind")}
          </th>
          <th scope="col" className={table.number}>
            {t("products.price")}
          </th>
          <th scope="col" className={table.number}>
            {t("products.available")}
          </th>
          <th scope="col">{t("products.state")}</th>
        </tr>
      </thead>
      <tbody>
        {products.map((product) => (
          <tr key={product.sku}>
            <th scope="row" className={table.clip}>
              <Link to="/products/$sku" params={{ sku: product.sku }} data-row className={table.open}>
                {product.name}
              </Link>
              {product.demo ? <span className={table.muted}> · {t("products.demo")}</span> : null}
            </th>
            <td className={`${table.wide} ${table.mono} ${table.muted}`}>{product.sku}</td>
            <td className={table.wide}>{t(`kind.${product.kind}`)}</td>
            <td className={table.number}>{formats.money(product.priceFen)}</td>
            <td className={table.number}>
              {product.kind === "recharge" ? (
                <span className={table.muted} title={t("products.unlimited")}>
                  –
                </span>
              ) : (
                formats.count(product.available)
              )}
            </td>
            <td>
              <SaleState product={product} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
