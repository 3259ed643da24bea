import { Button, NativeSelect, TextInput } from "@mantine/core";
import type { FailureCode } from "@orderwatch/shared/problem.ts";
import type { OrderStatus, Origin, Tender } from "@orderwatch/shared/shop/orders.ts";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useCodeWords, useFormats, useWords } from "../../words.ts";
import { productsQuery } from "../products/queries.ts";
import { useMay } from "../session/me.ts";
import classes from "./filters.module.css";
import { compact, methods, type OrderFilters, origins, statuses } from "./search.ts";

// The schemas' own list would bring the schema library into the bundle; a missing code does not compile.
const failureCodes = Object.keys({
  "payment.limit_exceeded": true,
  "payment.declined": true,
  "payment.timeout": true,
  "payment.channel_unavailable": true,
  "stock.sold_out": true,
  "risk.under_review": true,
  "risk.rejected": true,
  "delivery.supplier_failed": true,
  "delivery.invalid_account": true,
  "order.expired": true,
  "payment.late": true,
} satisfies Record<FailureCode, true>);

const hours = [1, 24, 168] as const;

/** Narrows the list; every choice is in the address, so that a filtered list can be handed on. */
export function Filters({
  filters,
  onChange,
}: {
  filters: OrderFilters;
  onChange: (filters: OrderFilters) => void;
}) {
  const t = useWords();
  const [isOpen, setOpen] = useState(() => window.matchMedia("(min-width: 701px)").matches);
  const formats = useFormats();
  const { problem } = useCodeWords();
  const products = useQuery({ ...productsQuery, enabled: useMay()("products.read") });
  const set = (change: { [Name in keyof OrderFilters]: OrderFilters[Name] | undefined }) =>
    onChange(compact({ ...filters, ...change }));
  const several = (filters.status?.length ?? 0) > 1;
  const codes =
    filters.failureCode === undefined || failureCodes.includes(filters.failureCode)
      ? failureCodes
      : [filters.failureCode, ...failureCodes];
  const skus = products.data?.items.map(({ sku, name }) => ({ value: sku, label: name })) ?? [];
  const knowsSku = filters.sku === undefined || skus.some(({ value }) => value === filters.sku);
  const isFiltered = Object.keys(filters).length > 0;

  return (
    <details className={classes.fold} open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("orders.filters", { count: Object.keys(filters).length })}</summary>
      <div className={classes.filters}>
        <NativeSelect
          size="xs"
          label={t("orders.status")}
          value={several ? "several" : (filters.status?.[0] ?? "")}
          data={[
            { value: "", label: t("orders.any") },
            ...(several
              ? [
                  {
                    value: "several",
                    label: filters.status?.map((each) => t(`status.${each}`)).join(", ") ?? "",
                  },
                ]
              : []),
            ...statuses.map((status) => ({ value: status, label: t(`status.${status}`) })),
          ]}
          onChange={({ currentTarget: { value } }) =>
            value !== "several" && set({ status: value === "" ? undefined : [value as OrderStatus] })
          }
        />
        <NativeSelect
          size="xs"
          label={t("orders.failure")}
          value={filters.failureCode ?? ""}
          data={[
            { value: "", label: t("orders.any") },
            ...codes.map((code) => ({ value: code, label: problem(code) })),
          ]}
          onChange={({ currentTarget: { value } }) => set({ failureCode: value || undefined })}
        />
        <NativeSelect
          size="xs"
          label={t("orders.product")}
          value={filters.sku ?? ""}
          data={[
            { value: "", label: t("orders.any") },
            ...(knowsSku || filters.sku === undefined ? [] : [{ value: filters.sku, label: filters.sku }]),
            ...skus,
          ]}
          onChange={({ currentTarget: { value } }) => set({ sku: value || undefined })}
        />
        <NativeSelect
          size="xs"
          label={t("orders.method")}
          value={filters.paymentMethod ?? ""}
          data={[
            { value: "", label: t("orders.any") },
            ...methods.map((method) => ({ value: method, label: t(`method.${method}`) })),
          ]}
          onChange={({ currentTarget: { value } }) =>
            set({ paymentMethod: value === "" ? undefined : (value as Tender) })
          }
        />
        <NativeSelect
          size="xs"
          label={t("orders.origin")}
          value={filters.origin?.[0] ?? ""}
          data={[
            { value: "", label: t("orders.any") },
            ...origins.map((origin) => ({ value: origin, label: t(`origin.${origin}`) })),
          ]}
          onChange={({ currentTarget: { value } }) =>
            set({ origin: value === "" ? undefined : [value as Origin] })
          }
        />
        <NativeSelect
          size="xs"
          label={t("orders.time")}
          value={filters.from === undefined && filters.to === undefined ? "" : "given"}
          data={[
            { value: "", label: t("orders.anyTime") },
            ...(filters.from === undefined && filters.to === undefined
              ? []
              : [{ value: "given", label: spanText(filters, formats.clock) }]),
            ...hours.map((count) => ({ value: String(count), label: t(`orders.last${count}`) })),
          ]}
          onChange={({ currentTarget: { value } }) => {
            if (value === "given") return;
            const from =
              value === "" ? undefined : new Date(Date.now() - Number(value) * 3_600_000).toISOString();
            set({ from, to: undefined });
          }}
        />
        <Button
          variant="subtle"
          size="xs"
          className={classes.clear}
          disabled={!isFiltered}
          onClick={() => onChange({})}
        >
          {t("orders.clear")}
        </Button>
      </div>
    </details>
  );
}

const spanText = ({ from, to }: OrderFilters, clock: (time: string) => string): string =>
  `${from === undefined ? "" : clock(from)} – ${to === undefined ? "" : clock(to)}`;

/** The field that takes anything: it searches when enter is pressed, and a moment after the typing ends. */
export function SearchField({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const t = useWords();
  return (
    <TextInput
      id="orders-search"
      type="search"
      size="sm"
      aria-label={t("orders.search")}
      placeholder={t("orders.searchHint")}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      className={classes.search}
      autoComplete="off"
      spellCheck={false}
    />
  );
}
