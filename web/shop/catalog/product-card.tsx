import type { Product } from "@orderwatch/shared/shop/catalog.ts";
import type { PaymentMethod } from "@orderwatch/shared/shop/orders.ts";
import { IconBell, IconBolt } from "@tabler/icons-react";
import { useSpeech } from "../language/language.tsx";
import { Link } from "../navigation/link.tsx";
import { go } from "../navigation/navigate.ts";
import { Button } from "../ui/button.tsx";
import styles from "./catalog.module.css";
import { StockBadge } from "./stock-level.tsx";
import { Tile } from "./tile.tsx";

interface ProductCardProps {
  product: Product;
  /** The method of a one-tap purchase; absent while something has to be filled in. */
  oneTap: PaymentMethod | undefined;
  onOneTap: () => void;
}

export function ProductCard({ product, oneTap, onOneTap }: ProductCardProps) {
  const { words, money } = useSpeech();
  const open = { screen: "product", sku: product.sku } as const;
  // What is read aloud begins with what is seen, so that speaking a button's words presses it.
  const named = (label: string) => `${label}: ${product.name}`;
  return (
    <li className={styles.card}>
      <Tile sku={product.sku} name={product.name} />
      <div className={styles.what}>
        <Link to={open} className={styles.name}>
          {product.name}
        </Link>
        <p className={styles.meta}>
          <span>{words.products.kind[product.kind]}</span>
          <StockBadge level={product.stock} />
        </p>
      </div>
      <div className={styles.act}>
        <p className={styles.price}>{money(product.priceFen)}</p>
        {product.stock === "out" ? (
          <Button onClick={() => go(open)} aria-label={named(words.products.tellMe)}>
            <IconBell size={18} aria-hidden="true" />
            {words.products.tellMe}
          </Button>
        ) : oneTap ? (
          <Button
            look="primary"
            onClick={onOneTap}
            aria-label={named(words.products.buyNow(words.method[oneTap]))}
          >
            <IconBolt size={18} aria-hidden="true" />
            {words.products.buyNow(words.method[oneTap])}
          </Button>
        ) : (
          <Button look="primary" onClick={() => go(open)} aria-label={named(words.products.buy)}>
            {words.products.buy}
          </Button>
        )}
      </div>
    </li>
  );
}
