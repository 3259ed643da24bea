import "@mantine/core/styles/ScrollArea.css";
import "@mantine/spotlight/styles.css";
import { createSpotlight, Spotlight } from "@mantine/spotlight";
import { IconAlertTriangle, IconArrowRight, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useWords } from "../../words.ts";
import { isOrderId } from "../orders/search.ts";
import { productsQuery } from "../products/queries.ts";
import { useMay } from "../session/me.ts";
import { screens } from "./screens.ts";

const [store, palette] = createSpotlight();
const shownProducts = 6;

/** One field that leads everywhere: screens, an order by its id, products, or a search among orders. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const t = useWords();
  const may = useMay();
  const navigate = useNavigate();
  const [query, setQuery] = useState("");
  const products = useQuery({ ...productsQuery, enabled: may("products.read") });
  useEffect(() => palette.open(), []);

  const text = query.trim();
  const wanted = text.toLowerCase();
  const matches = (...texts: string[]) => texts.some((each) => each.toLowerCase().includes(wanted));
  const openScreens = screens.filter(
    (screen) => may(screen.permission) && matches(t(screen.word), screen.to),
  );
  const found =
    text === ""
      ? []
      : (products.data?.items ?? [])
          .filter((product) => matches(product.sku, product.name))
          .slice(0, shownProducts);

  const orderAction = isOrderId(text) ? (
    <Spotlight.Action
      label={t("palette.openOrder", { id: text })}
      leftSection={<IconArrowRight size={16} />}
      onClick={() => void navigate({ to: "/orders/$id", params: { id: wanted } })}
    />
  ) : (
    <Spotlight.Action
      label={t("palette.searchOrders", { text })}
      leftSection={<IconSearch size={16} />}
      onClick={() => void navigate({ to: "/orders", search: {}, state: { ordersText: text } })}
    />
  );

  return (
    <Spotlight.Root
      store={store}
      query={query}
      onQueryChange={setQuery}
      onSpotlightClose={onClose}
      shortcut={null}
      scrollable
      overlayProps={{ blur: 0, backgroundOpacity: 0.6 }}
      transitionProps={{ duration: 0 }}
      attributes={{ content: { "aria-label": t("nav.search") } }}
    >
      <Spotlight.Search
        placeholder={t("palette.placeholder")}
        aria-label={t("palette.placeholder")}
        leftSection={<IconSearch size={18} stroke={1.6} />}
      />
      <Spotlight.ActionsList>
        {text !== "" && may("orders.read") ? (
          <Spotlight.ActionsGroup label={t("palette.orders")}>{orderAction}</Spotlight.ActionsGroup>
        ) : null}
        {openScreens.length > 0 ? (
          <Spotlight.ActionsGroup label={t("palette.screens")}>
            {openScreens.map((screen) => (
              <Spotlight.Action
                key={screen.to}
                label={t(screen.word)}
                leftSection={<IconArrowRight size={16} />}
                rightSection={<kbd>{screen.keys}</kbd>}
                onClick={() => void navigate({ to: screen.to })}
              />
            ))}
          </Spotlight.ActionsGroup>
        ) : null}
        {may("incidents.declare") && matches(t("declare.open"), "declare") ? (
          <Spotlight.ActionsGroup label={t("nav.incidents")}>
            <Spotlight.Action
              label={t("declare.open")}
              leftSection={<IconAlertTriangle size={16} />}
              onClick={() => void navigate({ to: "/incidents", search: { declare: true } })}
            />
          </Spotlight.ActionsGroup>
        ) : null}
        {found.length > 0 ? (
          <Spotlight.ActionsGroup label={t("palette.products")}>
            {found.map((product) => (
              <Spotlight.Action
                key={product.sku}
                label={product.name}
                description={product.sku}
                leftSection={<IconArrowRight size={16} />}
                onClick={() => void navigate({ to: "/products/$sku", params: { sku: product.sku } })}
              />
            ))}
          </Spotlight.ActionsGroup>
        ) : null}
        {text !== "" && openScreens.length === 0 && found.length === 0 && !may("orders.read") ? (
          <Spotlight.Empty>{t("palette.nothing")}</Spotlight.Empty>
        ) : null}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}
