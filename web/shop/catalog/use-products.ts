import type { Product } from "@orderwatch/shared/shop/catalog.ts";
import { api } from "../api.ts";
import { type Polled, usePolled } from "../ui/polled.ts";

const readProducts = async (signal: AbortSignal): Promise<Product[]> =>
  (await api.listProducts({ signal })).items;

// Stock levels are at most 30 s old at the shop itself.
const pause = ({ failures }: { failures: number }) =>
  failures === 0 ? 30_000 : Math.min(2_000 * failures, 15_000);

/** What is for sale, read again while someone looks at it. */
export const useProducts = (): Polled<Product[]> => usePolled(readProducts, pause);
