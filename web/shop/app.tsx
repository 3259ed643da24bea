import { IconActivityHeartbeat, IconBuildingStore, IconReceipt, IconUser } from "@tabler/icons-react";
import { lazy, Suspense } from "react";
import styles from "./app.module.css";
import { ProductsPage } from "./catalog/products-page.tsx";
import { useSpeech } from "./language/language.tsx";
import { Link } from "./navigation/link.tsx";
import { useRoute } from "./navigation/navigate.ts";
import type { ShopRoute } from "./navigation/route.ts";
import { Page } from "./ui/page.tsx";

/** Loaded when they are asked for: who looks at products does not pay for them. */
const OrderPage = lazy(async () => ({ default: (await import("./orders/order-page.tsx")).OrderPage }));
const OrdersPage = lazy(async () => ({ default: (await import("./orders/orders-page.tsx")).OrdersPage }));
const FindPage = lazy(async () => ({ default: (await import("./orders/find-page.tsx")).FindPage }));
const AccountPage = lazy(async () => ({ default: (await import("./account/account-page.tsx")).AccountPage }));
const StatusPage = lazy(async () => ({ default: (await import("./status/status-page.tsx")).StatusPage }));

/** The whole shop: its header, its navigation within a thumb's reach, and the screen that the address names. */
export function App() {
  const { words, switchLanguage } = useSpeech();
  const route = useRoute();
  return (
    <div className={styles.app}>
      <a className={styles.skip} href="#content">
        {words.nav.skip}
      </a>
      <header className={styles.header}>
        <div className={styles.bar}>
          <Link to={{ screen: "products" }} className={styles.brand}>
            <span className={styles.logo} aria-hidden="true" />
            {words.shop}
          </Link>
          <Navigation route={route} />
          <button type="button" className={styles.language} onClick={switchLanguage} lang={otherLang(words)}>
            {words.otherLanguage}
          </button>
        </div>
      </header>
      <main id="content" className={styles.main}>
        <Suspense fallback={<p role="status">{words.loading}</p>}>
          <Screen route={route} />
        </Suspense>
      </main>
    </div>
  );
}

const otherLang = ({ otherLanguage }: { otherLanguage: string }) =>
  otherLanguage === "English" ? "en" : "zh-CN";

function Navigation({ route }: { route: ShopRoute }) {
  const { words } = useSpeech();
  const places = [
    { to: "products", at: ["products", "product"], Icon: IconBuildingStore },
    { to: "orders", at: ["orders", "order", "find"], Icon: IconReceipt },
    { to: "account", at: ["account"], Icon: IconUser },
    { to: "status", at: ["status"], Icon: IconActivityHeartbeat },
  ] as const;
  return (
    <nav className={styles.nav} aria-label={words.nav.label}>
      {places.map(({ to, at, Icon }) => (
        <Link
          key={to}
          to={{ screen: to }}
          className={styles.place}
          aria-current={at.some((screen) => screen === route.screen) ? "page" : undefined}
        >
          <Icon size={22} aria-hidden="true" />
          {words.nav[to]}
        </Link>
      ))}
    </nav>
  );
}

function Screen({ route }: { route: ShopRoute }) {
  const { words } = useSpeech();
  switch (route.screen) {
    case "products":
      return <ProductsPage key="products" kind={route.kind} />;
    case "product":
      return <ProductsPage key="products" open={route} />;
    case "order":
      return <OrderPage key={route.id} id={route.id} />;
    case "orders":
      return <OrdersPage />;
    case "find":
      return <FindPage order={route.order} />;
    case "status":
      return <StatusPage />;
    case "account":
      return <AccountPage />;
    case "unknown":
      return (
        <Page title={words.unknownPage} narrow>
          <p>
            <Link to={{ screen: "products" }} className={styles.away}>
              {words.toProducts}
            </Link>
          </p>
        </Page>
      );
  }
}
