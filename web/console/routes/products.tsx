import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useRef } from "react";
import { refusalOf } from "../../lib/api.ts";
import { Empty, Notice } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import table from "../../ui/table.module.css";
import { useRowKeys } from "../../ui/use-row-keys.ts";
import { ProductForm } from "../features/products/product-form.tsx";
import { ProductTable } from "../features/products/product-table.tsx";
import { productsQuery } from "../features/products/queries.ts";
import { useMay } from "../features/session/me.ts";
import { useShortcuts } from "../features/shell/shortcuts.ts";
import { useCodeWords, useWords } from "../words.ts";
import classes from "./list.module.css";

const route = getRouteApi("/shell/products");

/** The catalogue with its stock. */
export function Products() {
  const t = useWords();
  const { problem } = useCodeWords();
  const mayWrite = useMay()("products.write");
  const navigate = route.useNavigate();
  const isNew = route.useSearch().create === true && mayWrite;
  const { data, error } = useQuery({ ...productsQuery, refetchInterval: 10_000 });
  const list = useRef<HTMLDivElement>(null);
  const move = useRowKeys(list);
  useShortcuts({ j: () => move(1), k: () => move(-1) });
  const products = data?.items ?? [];
  return (
    <div className={classes.screen}>
      <title>{`${t("products.title")} · Orderwatch`}</title>
      <div className={classes.head}>
        <h1 className={classes.title}>{t("products.title")}</h1>
        {mayWrite ? (
          <Button
            className={classes.apart ?? ""}
            variant={isNew ? "default" : "filled"}
            aria-expanded={isNew}
            onClick={() => void navigate({ search: isNew ? {} : { create: true } })}
          >
            {t(isNew ? "app.cancel" : "products.new")}
          </Button>
        ) : null}
      </div>
      {isNew ? (
        <Panel title={t("products.new")}>
          <ProductForm onCreated={(sku) => void navigate({ to: "/products/$sku", params: { sku } })} />
        </Panel>
      ) : null}
      <Panel
        title={t("products.list")}
        note={data === undefined ? undefined : t("products.count", { count: products.length })}
        flush
      >
        <div ref={list} className={`${table.scroll} ${classes.list}`}>
          {error !== null && data === undefined ? (
            <div className={classes.notice}>
              <Notice level="bad" title={problem(refusalOf(error).code)}>
                {refusalOf(error).detail}
              </Notice>
            </div>
          ) : data === undefined ? (
            <Empty title={t("app.loading")} />
          ) : products.length === 0 ? (
            <Empty title={t("products.none")}>{t("products.noneText")}</Empty>
          ) : (
            <ProductTable products={products} />
          )}
        </div>
      </Panel>
    </div>
  );
}
