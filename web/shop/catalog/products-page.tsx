import type { Product, ProductKind } from "@orderwatch/shared/shop/catalog.ts";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { beacons } from "../beacons/beacons.ts";
import { knowsEnough, readDetails } from "../device/details.ts";
import { device } from "../device/device.ts";
import { useSpeech } from "../language/language.tsx";
import { Link } from "../navigation/link.tsx";
import { go, leaveTo } from "../navigation/navigate.ts";
import { Button } from "../ui/button.tsx";
import { Notice } from "../ui/notice.tsx";
import { Page } from "../ui/page.tsx";
import { Sheet } from "../ui/sheet.tsx";
import styles from "./catalog.module.css";
import { isFound } from "./find.ts";
import { ProductCard } from "./product-card.tsx";
import { useProducts } from "./use-products.ts";

interface ProductsPageProps {
  kind?: ProductKind | undefined;
  /** The product whose sheet is open. */
  open?: { sku: string; quantity?: number | undefined } | undefined;
}

const loadCheckout = () => import("../checkout/checkout-sheet.tsx");
const CheckoutSheet = lazy(async () => ({ default: (await loadCheckout()).CheckoutSheet }));
/** Nice to have: without it the list is whole. */
const ForYou = lazy(() =>
  import("../recommendations/for-you.tsx").then(
    ({ ForYou }) => ({ default: ForYou }),
    () => ({ default: () => null }),
  ),
);
// The list is seen first; the next tap must not wait for the network.
const soonMs = 200;

const places = ["a", "b", "c", "d", "e", "f"];

export function ProductsPage({ kind, open }: ProductsPageProps) {
  const { words } = useSpeech();
  const products = useProducts();
  useEffect(beacons.visit, []);
  useEffect(() => {
    const timer = setTimeout(() => void loadCheckout().catch(() => undefined), soonMs);
    return () => clearTimeout(timer);
  }, []);
  const [wanted, setWanted] = useState("");
  const [oneTap, setOneTap] = useState<string | null>(null);
  const details = readDetails(device);
  const all = products.value;
  const shown = all
    ?.filter((product) => kind === undefined || product.kind === kind)
    .filter((product) => isFound(product.name, wanted))
    .sort((a, b) => Number(a.stock === "out") - Number(b.stock === "out"));
  const opened = open && all?.find(({ sku }) => sku === open.sku);

  const buyNow = (product: Product) => {
    setOneTap(product.sku);
    go({ screen: "product", sku: product.sku });
  };
  const close = () => {
    setOneTap(null);
    leaveTo({ screen: "products" });
  };

  const search = useRef<HTMLInputElement>(null);
  const showAll = () => {
    setWanted("");
    if (kind) go({ screen: "products" });
    // The button is gone with this press.
    search.current?.focus();
  };

  return (
    <Page title={words.products.title} subtitle={words.products.subtitle}>
      <input
        ref={search}
        type="search"
        className={styles.search}
        aria-label={words.products.search}
        placeholder={words.products.search}
        value={wanted}
        onChange={(event) => setWanted(event.currentTarget.value)}
      />
      <nav className={styles.kinds} aria-label={words.products.kinds}>
        {([undefined, "code", "recharge"] as const).map((each) => (
          <Link
            key={each ?? "all"}
            to={{ screen: "products", ...(each ? { kind: each } : {}) }}
            className={styles.kind}
            aria-current={each === kind ? "true" : undefined}
          >
            {each ? words.products.kind[each] : words.products.all}
          </Link>
        ))}
      </nav>
      {products.error !== undefined && (
        <Notice tone="warn">
          <p>{all ? words.products.oldList : words.products.unreachable}</p>
          <Button onClick={products.refresh}>{words.products.retry}</Button>
        </Notice>
      )}
      {all && kind === undefined && wanted === "" && (
        <Suspense fallback={null}>
          <ForYou products={all} />
        </Suspense>
      )}
      {shown ? (
        <ul className={styles.list}>
          {shown.map((product) => (
            <ProductCard
              key={product.sku}
              product={product}
              oneTap={knowsEnough(details, product) ? details.method : undefined}
              onOneTap={() => buyNow(product)}
            />
          ))}
        </ul>
      ) : (
        <div className={styles.list} role="status" aria-label={words.loading}>
          {places.map((place) => (
            <div key={place} className={styles.placeholder} />
          ))}
        </div>
      )}
      {shown?.length === 0 && <p role="status">{wanted ? words.products.notFound : words.products.none}</p>}
      {shown?.length === 0 && all?.length !== 0 && <Button onClick={showAll}>{words.toProducts}</Button>}
      {opened && (
        <Suspense fallback={null}>
          <CheckoutSheet
            key={opened.sku}
            product={opened}
            quantity={open?.quantity}
            placeAtOnce={oneTap === opened.sku}
            onClose={close}
            onStale={products.refresh}
          />
        </Suspense>
      )}
      {open && all && !opened && (
        <Sheet title={words.products.gone} onClose={close}>
          <div className={styles.gone}>
            <Button look="primary" wide onClick={close}>
              {words.toProducts}
            </Button>
          </div>
        </Sheet>
      )}
    </Page>
  );
}
