import { Button } from "@mantine/core";
import type { StaffProduct } from "@orderwatch/shared/ops/routes.ts";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { refusalOf } from "../../lib/api.ts";
import { Empty, Notice } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { api } from "../api.ts";
import { ImportPanel } from "../features/products/import-panel.tsx";
import { ProductForm } from "../features/products/product-form.tsx";
import { SaleState } from "../features/products/product-table.tsx";
import { productsQuery } from "../features/products/queries.ts";
import { StockPanel } from "../features/products/stock-panel.tsx";
import { useMay } from "../features/session/me.ts";
import { useCodeWords, useFormats, useWords } from "../words.ts";
import list from "./list.module.css";
import classes from "./order.module.css";

const Confirm = lazy(() => import("../../ui/confirm.tsx").then(({ Confirm }) => ({ default: Confirm })));
const route = getRouteApi("/shell/products/$sku");

/** One product: what it is, how much of it there is, and more of it. */
export function Product() {
  const t = useWords();
  const { problem } = useCodeWords();
  const may = useMay();
  const { sku } = route.useParams();
  const { data, error } = useQuery(productsQuery);
  const product = data?.items.find((each) => each.sku === sku);
  return (
    <div className={list.screen}>
      <title>{`${product?.name ?? sku} · Orderwatch`}</title>
      <Link to="/products" className={list.back}>
        ‹ {t("product.back")}
      </Link>
      <div className={list.head}>
        <h1 className={list.title}>{product?.name ?? sku}</h1>
        {product === undefined ? null : <SaleState product={product} />}
      </div>
      {error !== null && data === undefined ? (
        <Notice level="bad" title={problem(refusalOf(error).code)} />
      ) : data === undefined ? (
        <Empty title={t("app.loading")} />
      ) : product === undefined ? (
        <Notice level="warn" title={t("product.notFound", { sku })} />
      ) : (
        <div className={classes.columns}>
          <div className={classes.side}>
            <Details product={product} />
          </div>
          <div className={classes.main}>
            {product.kind === "recharge" ? (
              <Panel title={t("stock.title")}>
                <Empty title={t("stock.recharge")}>{t("stock.rechargeText")}</Empty>
              </Panel>
            ) : (
              <>
                {may("stock.read") ? <StockPanel sku={sku} /> : null}
                {may("stock.import") ? <ImportPanel key={sku} sku={sku} /> : null}
              </>
            )}
          </div>
        </div>
      )}
    </div>
  );
}

function Details({ product }: { product: StaffProduct }) {
  const t = useWords();
  const formats = useFormats();
  const may = useMay();
  return (
    <Panel
      title={t("product.details")}
      note={`${product.sku} · ${t(`kind.${product.kind}`)} · ${formats.money(product.priceFen)}`}
    >
      {may("products.write") ? (
        <>
          <ProductForm key={product.sku} product={product} />
          <Archive product={product} />
        </>
      ) : null}
      {may("orders.read") ? (
        <Link to="/orders" search={{ sku: product.sku }} className={classes.more ?? ""}>
          {t("product.orders")}
        </Link>
      ) : null}
    </Panel>
  );
}

/** Takes a product off sale, after asking; putting it back needs no question. */
function Archive({ product }: { product: StaffProduct }) {
  const t = useWords();
  const { problem } = useCodeWords();
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const change = useMutation({
    mutationFn: (archived: boolean) =>
      api.changeProduct({ params: { sku: product.sku }, body: { archived } }),
    onSettled: async () => {
      setAsking(false);
      await queries.invalidateQueries(productsQuery);
    },
  });
  return (
    <div className={classes.archive}>
      {change.isError ? <Notice level="bad" title={problem(refusalOf(change.error).code)} /> : null}
      <Button
        variant="default"
        size="xs"
        loading={change.isPending}
        onClick={() => (product.archived ? change.mutate(false) : setAsking(true))}
      >
        {t(product.archived ? "product.unarchive" : "product.archive")}
      </Button>
      <Suspense fallback={null}>
        {asking ? (
          <Confirm
            title={t("product.archive.ask", { name: product.name })}
            action={t("product.archive")}
            cancel={t("app.cancel")}
            isDangerous
            isBusy={change.isPending}
            onConfirm={() => change.mutate(true)}
            onCancel={() => setAsking(false)}
          >
            <p>{t("product.archive.text", { name: product.name })}</p>
          </Confirm>
        ) : null}
      </Suspense>
    </div>
  );
}
