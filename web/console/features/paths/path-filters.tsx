import { Button, NativeSelect } from "@mantine/core";
import { Segmented } from "../../../ui/segmented.tsx";
import { useWords } from "../../words.ts";
import { methods } from "../orders/search.ts";
import classes from "./paths.module.css";
import { devices, type PathsRange, type PathsSearch, ranges, without } from "./search.ts";

const origins = ["all", "buyer", "simulated"] as const;

/** Which visits are counted; every choice is in the address. */
export function PathFilters({
  search,
  products,
  onChange,
}: {
  search: PathsSearch;
  products: readonly { sku: string; name: string }[];
  onChange: (search: PathsSearch) => void;
}) {
  const t = useWords();
  const set = (change: { [Name in keyof PathsSearch]: PathsSearch[Name] | undefined }) =>
    onChange(without({ ...search, reached: undefined, code: undefined, ...change }));
  const isNarrowed = search.device !== undefined || search.sku !== undefined || search.method !== undefined;
  return (
    <div className={classes.filters}>
      <Segmented<PathsRange>
        label={t("paths.range")}
        value={search.range ?? "hour"}
        choices={ranges.map((value) => ({ value, label: t(`paths.range.${value}`) }))}
        onChange={(range) => set({ range: range === "hour" ? undefined : range })}
      />
      <Segmented<(typeof origins)[number]>
        label={t("paths.origin")}
        value={search.origin ?? "all"}
        choices={origins.map((value) => ({ value, label: t(`paths.origin.${value}`) }))}
        onChange={(origin) => set({ origin: origin === "all" ? undefined : origin })}
      />
      <NativeSelect
        size="xs"
        aria-label={t("paths.device")}
        value={search.device ?? ""}
        data={[
          { value: "", label: `${t("paths.device")}: ${t("paths.any")}` },
          ...devices.map((value) => ({ value, label: t(`paths.device.${value}`) })),
        ]}
        onChange={({ currentTarget: { value } }) => set({ device: devices.find((each) => each === value) })}
      />
      <NativeSelect
        size="xs"
        aria-label={t("paths.product")}
        value={search.sku ?? ""}
        data={[
          { value: "", label: `${t("paths.product")}: ${t("paths.any")}` },
          ...products.map(({ sku, name }) => ({ value: sku, label: name })),
        ]}
        onChange={({ currentTarget: { value } }) => set({ sku: value === "" ? undefined : value })}
      />
      <NativeSelect
        size="xs"
        aria-label={t("paths.method")}
        value={search.method ?? ""}
        data={[
          { value: "", label: `${t("paths.method")}: ${t("paths.any")}` },
          ...methods.map((value) => ({ value, label: t(`method.${value}`) })),
        ]}
        onChange={({ currentTarget: { value } }) => set({ method: methods.find((each) => each === value) })}
      />
      {isNarrowed ? (
        <Button
          size="xs"
          variant="default"
          onClick={() => set({ device: undefined, sku: undefined, method: undefined })}
        >
          {t("paths.clear")}
        </Button>
      ) : null}
    </div>
  );
}
