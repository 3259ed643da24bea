import { UnstyledButton } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import type { StaffOrder } from "@orderwatch/shared/ops/orders.ts";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Panel } from "../../../ui/panel.tsx";
import { type PlainKey, useFormats, useWords } from "../../words.ts";
import classes from "./facts.module.css";

/** What an order is: who, what, how much, when. */
export function Facts({ order }: { order: StaffOrder }) {
  const t = useWords();
  const formats = useFormats();
  const time = (at: string | null): ReactNode =>
    at === null ? "–" : <time dateTime={at}>{formats.moment(at)}</time>;
  const contact = [order.contact.phone, order.contact.email].filter((each) => each !== undefined);
  const rows: readonly (readonly [PlainKey, ReactNode])[] = [
    ["orders.id", <CopyId key="id" id={order.id} />],
    ["order.items", <Items key="items" order={order} />],
    ["order.amount", formats.money(order.amountFen)],
    ["order.method", t(`method.${order.paymentMethod}`)],
    ["order.contact", contact.length === 0 ? t("order.noContact") : contact.join(", ")],
    ["order.origin", t(`origin.${order.origin}`)],
    ["order.created", time(order.createdAt)],
    ["order.paid", time(order.paidAt)],
    ["order.delivered", time(order.deliveredAt)],
    ...(order.status === "awaiting_payment" ? [["order.expires", time(order.expiresAt)] as const] : []),
    ["order.attempts", formats.count(order.attempts)],
    ...(order.nextAttemptAt === null ? [] : [["order.nextAttempt", time(order.nextAttemptAt)] as const]),
    [
      "order.codes",
      t("order.codesText", { held: formats.count(order.codesHeld), sold: formats.count(order.codesSold) }),
    ],
  ];
  return (
    <Panel title={t("order.facts")}>
      <dl className={classes.facts}>
        {rows.map(([word, value]) => (
          <div key={word}>
            <dt>{t(word)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

function Items({ order }: { order: StaffOrder }) {
  const t = useWords();
  const formats = useFormats();
  return (
    <ul className={classes.items}>
      {order.items.map((item) => (
        <li key={item.sku}>
          <Link to="/products/$sku" params={{ sku: item.sku }}>
            {item.name}
          </Link>
          <span>
            {item.quantity} × {formats.money(item.priceFen)} · {t(`kind.${item.kind}`)}
          </span>
          {item.reference !== null ? (
            <span>{t("order.reference", { reference: item.reference })}</span>
          ) : item.kind === "recharge" && order.status === "delivery_failed" ? (
            <span>{t("order.noReference")}</span>
          ) : null}
        </li>
      ))}
    </ul>
  );
}

function CopyId({ id }: { id: string }) {
  const t = useWords();
  const clipboard = useClipboard({ timeout: 1_500 });
  const Icon = clipboard.copied ? IconCheck : IconCopy;
  return (
    <UnstyledButton
      className={classes.copy}
      onClick={() => clipboard.copy(id)}
      title={t(clipboard.copied ? "order.copied" : "order.copyId")}
    >
      <code>{id}</code>
      <Icon size={14} stroke={1.6} aria-hidden="true" />
      <span className="ow-unseen" role="status">
        {clipboard.copied ? t("order.copied") : ""}
      </span>
    </UnstyledButton>
  );
}
