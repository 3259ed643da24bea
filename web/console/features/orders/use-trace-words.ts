import { enOrders } from "../../i18n/en-orders.ts";
import { enRepairs } from "../../i18n/en-repairs.ts";
import { useFormats, useWords } from "../../words.ts";

type OrderWords = keyof typeof enOrders | keyof typeof enRepairs;

const has = <Prefix extends "payment" | "fact">(
  prefix: Prefix,
  name: string,
): Extract<OrderWords, `${Prefix}.${string}`> | null => {
  const key = `${prefix}.${name}`;
  return key in enOrders || key in enRepairs ? (key as Extract<OrderWords, `${Prefix}.${string}`>) : null;
};

/** Words for what the server names freely; a name that this build does not know shows itself. */
export function useTraceWords() {
  const t = useWords();
  const formats = useFormats();
  return {
    payment: (status: string): string => {
      const key = has("payment", status);
      return key === null ? status : t(key);
    },
    fact: (name: string): string => {
      const key = has("fact", name);
      return key === null ? name : t(key);
    },
    value: (name: string, value: string | number | boolean): string => {
      if (name.endsWith("Fen") && typeof value === "number") return formats.money(value);
      if (value === "wechat" || value === "alipay" || value === "balance") return t(`method.${value}`);
      if (name.endsWith("Ms") && typeof value === "number") return formats.duration(value);
      if (name.endsWith("At") && typeof value === "string") return formats.moment(value);
      if (typeof value === "number") return formats.count(value);
      const key = has("fact", `value.${value}`);
      return key === null ? String(value) : t(key);
    },
  };
}
