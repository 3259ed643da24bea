import type { Product } from "@orderwatch/shared/shop/catalog.ts";
import { useEffect, useState } from "react";
import { api } from "../api.ts";
import { ForYou } from "./for-you.tsx";

/** What goes with what was just bought; `bought` are its SKUs. Nothing where the shop is too busy to say. */
export function AfterBuying({ bought }: { bought: readonly string[] }) {
  const [products, setProducts] = useState<readonly Product[]>([]);
  useEffect(() => {
    const stop = new AbortController();
    api.listProducts({ signal: stop.signal }).then(
      ({ items }) => setProducts(items),
      () => undefined,
    );
    return () => stop.abort();
  }, []);
  const others = products.filter(({ sku }) => !bought.includes(sku));
  return others.length > 0 && <ForYou products={others} after />;
}
