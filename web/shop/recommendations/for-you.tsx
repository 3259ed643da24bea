import type { Product } from "@orderwatch/shared/shop/catalog.ts";
import { deviceHeader } from "@orderwatch/shared/shop/device-header.ts";
import type { Recommendations } from "@orderwatch/shared/shop/recommendations.ts";
import { useEffect, useState } from "react";
import { keptSession } from "../account/session.ts";
import { api, bearer } from "../api.ts";
import { device } from "../device/device.ts";
import { keptIdentity } from "../device/identity.ts";
import { useSpeech } from "../language/language.tsx";
import { Link } from "../navigation/link.tsx";
import styles from "./for-you.module.css";

// Of this part alone, so that the first load does not carry them.
const said = {
  en: {
    title: "For you",
    after: "Goes with it",
    again: "Bought before",
    similar: "Often bought with it",
    popular: "Popular",
  },
  "zh-CN": {
    title: "为你推荐",
    after: "搭配购买",
    again: "买过",
    similar: "常一起购买",
    popular: "热门",
  },
} as const;

interface ForYouProps {
  products: readonly Product[];
  /** Below an order; there what is merely popular is worth a look too, since no list stands below. */
  after?: boolean;
}

/** What goes with what a signed-in buyer, else this device, bought before; nothing for who bought nothing. */
export function ForYou({ products, after = false }: ForYouProps) {
  const { locale, money } = useSpeech();
  const words = said[locale];
  const [items, setItems] = useState<Recommendations["items"]>([]);
  useEffect(() => {
    const identity = keptIdentity(device);
    const session = keptSession();
    if (identity === undefined && session === undefined) return;
    const headers = {
      ...(identity === undefined ? {} : { [deviceHeader]: identity }),
      ...(session === undefined ? {} : bearer(session)),
    };
    const stop = new AbortController();
    api.listRecommendations({ headers, signal: stop.signal }).then(
      (answer) => setItems(answer.items),
      // A shop that is busy leaves this out first, and nobody misses it.
      () => undefined,
    );
    return () => stop.abort();
  }, []);
  const onlyPopular = items.every(({ reason }) => reason === "popular");
  if (!after && onlyPopular) return null;
  const shown = items.flatMap(({ sku, reason }) => {
    const product = products.find((each) => each.sku === sku);
    return product === undefined ? [] : [{ product, reason }];
  });
  if (shown.length === 0) return null;
  return (
    <section aria-labelledby="for-you">
      <h2 id="for-you" className={styles.title}>
        {after ? (onlyPopular ? words.popular : words.after) : words.title}
      </h2>
      <ul className={styles.list}>
        {shown.map(({ product, reason }) => (
          <li key={product.sku}>
            <Link to={{ screen: "product", sku: product.sku }} className={styles.item}>
              <strong>{product.name}</strong>
              <span>
                {words[reason]} · {money(product.priceFen)}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
