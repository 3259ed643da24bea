import { Button, NativeSelect, TextInput } from "@mantine/core";
import type { StaffProduct } from "@orderwatch/shared/ops/routes.ts";
import type { NewProduct, ProductKind } from "@orderwatch/shared/shop/catalog.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { refusalOf } from "../../../lib/api.ts";
import { Notice } from "../../../ui/notice.tsx";
import { api } from "../../api.ts";
import { useCodeWords, useWords } from "../../words.ts";
import { priceOf, typedPrice } from "./money.ts";
import classes from "./product-form.module.css";
import { productsQuery } from "./queries.ts";

type Field = "sku" | "name" | "price" | "limit" | "units" | "days";

/** Creates a product, or changes the one given. */
export function ProductForm({
  product,
  onCreated,
}: {
  product?: StaffProduct;
  onCreated?: (sku: string) => void;
}) {
  const t = useWords();
  const { problem } = useCodeWords();
  const queries = useQueryClient();
  const [wrong, setWrong] = useState<ReadonlySet<Field>>(new Set());
  const save = useMutation({
    mutationFn: ({ sku, kind, limit, limitPerBuyer, ...rest }: NewProduct) =>
      product === undefined
        ? api.createProduct({
            body: {
              sku,
              kind,
              ...rest,
              ...(limit === undefined ? {} : { limit }),
              ...(limitPerBuyer === undefined ? {} : { limitPerBuyer }),
            },
          })
        : api.changeProduct({
            params: { sku: product.sku },
            body: { ...rest, limit: limit ?? null, limitPerBuyer: limitPerBuyer ?? null },
          }),
    onSuccess: async (saved) => {
      await queries.invalidateQueries(productsQuery);
      if (product === undefined) onCreated?.(saved.sku);
    },
  });

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "").trim();
    const sku = product?.sku ?? text("sku");
    const name = text("name");
    const priceFen = priceOf(text("price"));
    const number = (field: string) => (text(field) === "" ? undefined : Number(text(field)));
    const limit = number("limit");
    const units = number("units");
    const days = number("days");
    const found = new Set<Field>();
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(sku)) found.add("sku");
    if (name === "" || name.length > 120) found.add("name");
    if (priceFen === null) found.add("price");
    const isWithin = (value: number | undefined, most: number) =>
      value !== undefined && Number.isInteger(value) && value >= 1 && value <= most;
    if (limit !== undefined && !isWithin(limit, 100)) found.add("limit");
    const limitsBuyers = units !== undefined || days !== undefined;
    if (limitsBuyers && !isWithin(units, 1000)) found.add("units");
    if (limitsBuyers && !isWithin(days, 365)) found.add("days");
    setWrong(found);
    if (found.size > 0 || priceFen === null) return;
    const kind: ProductKind = product?.kind ?? (form.get("kind") === "recharge" ? "recharge" : "code");
    save.mutate({
      sku,
      name,
      kind,
      priceFen,
      ...(limit === undefined ? {} : { limit }),
      ...(units === undefined || days === undefined ? {} : { limitPerBuyer: { units, days } }),
    });
  };

  return (
    <form onSubmit={submit} className={classes.form} noValidate>
      <TextInput
        name="name"
        label={t("product.name")}
        defaultValue={product?.name}
        maxLength={120}
        required
        error={wrong.has("name")}
      />
      {product === undefined ? (
        <>
          <TextInput
            name="sku"
            label={t("product.sku")}
            description={wrong.has("sku") ? undefined : t("product.skuHint")}
            error={wrong.has("sku") ? t("product.skuHint") : undefined}
            maxLength={64}
            required
          />
          <NativeSelect
            name="kind"
            label={t("product.kind")}
            description={t("product.kindHint")}
            data={[
              { value: "code", label: t("kind.code") },
              { value: "recharge", label: t("kind.recharge") },
            ]}
          />
        </>
      ) : null}
      <TextInput
        name="price"
        inputMode="decimal"
        label={t("product.price")}
        description={wrong.has("price") ? undefined : t("product.priceHint")}
        error={wrong.has("price") ? t("product.priceHint") : undefined}
        defaultValue={product === undefined ? "" : typedPrice(product.priceFen)}
        required
      />
      <TextInput
        name="limit"
        inputMode="numeric"
        label={t("product.limit")}
        description={wrong.has("limit") ? undefined : t("product.limitHint")}
        error={wrong.has("limit") ? t("product.limitHint") : undefined}
        defaultValue={product?.limit ?? ""}
      />
      <TextInput
        name="units"
        inputMode="numeric"
        label={t("product.units")}
        description={wrong.has("units") ? undefined : t("product.unitsHint")}
        error={wrong.has("units") ? t("product.unitsHint") : undefined}
        defaultValue={product?.limitPerBuyer?.units ?? ""}
      />
      <TextInput
        name="days"
        inputMode="numeric"
        label={t("product.days")}
        description={wrong.has("days") ? undefined : t("product.daysHint")}
        error={wrong.has("days") ? t("product.daysHint") : undefined}
        defaultValue={product?.limitPerBuyer?.days ?? ""}
      />
      {save.isError ? (
        <Notice level="bad" title={problem(refusalOf(save.error).code)}>
          {refusalOf(save.error).errors.map((each) => (
            <div key={each.path}>
              {each.path}: {each.message}
            </div>
          ))}
        </Notice>
      ) : null}
      <div className={classes.actions}>
        <Button type="submit" loading={save.isPending}>
          {t(product === undefined ? "product.create" : "product.save")}
        </Button>
        <span role="status">{save.isSuccess && product !== undefined ? t("product.saved") : ""}</span>
      </div>
    </form>
  );
}
