import { ProblemError } from "@orderwatch/shared/client.ts";
import type { BuyerOrder } from "@orderwatch/shared/shop/orders.ts";
import { lazy, Suspense, useEffect, useState } from "react";
import { device } from "../device/device.ts";
import { findKept, forgetOrder, type KeptOrder } from "../device/orders.ts";
import { useSpeech } from "../language/language.tsx";
import { go } from "../navigation/navigate.ts";
import { FailureCard } from "../remedies/failure-card.tsx";
import { type WayOut, waysOut } from "../remedies/ways-out.ts";
import { type Taken, WaysOut } from "../remedies/ways-out-list.tsx";
import { Button } from "../ui/button.tsx";
import cards from "../ui/card.module.css";
import { Notice } from "../ui/notice.tsx";
import { useNow } from "../ui/now.ts";
import { Page } from "../ui/page.tsx";
import { Codes } from "./codes.tsx";
import { OrderFacts } from "./order-facts.tsx";
import styles from "./orders.module.css";
import { outcomeOf } from "./outcome.ts";
import { isSettled } from "./poll.ts";
import { StatusMark } from "./status-mark.tsx";
import { isClosed, useOrder } from "./use-order.ts";
import { usePay } from "./use-pay.ts";

const AccountForm = lazy(async () => ({
  default: (await import("../support/account-form.tsx")).AccountForm,
}));
const PayNow = lazy(async () => ({ default: (await import("./pay-now.tsx")).PayNow }));
const PayOrder = lazy(async () => ({ default: (await import("../balance/pay-order.tsx")).PayOrder }));
const AfterBuying = lazy(async () => ({
  default: (await import("../recommendations/after-buying.tsx")).AfterBuying,
}));
const NotHere = lazy(async () => ({ default: (await import("./not-here.tsx")).NotHere }));
const TellMe = lazy(async () => ({ default: (await import("../app/tell-me.tsx")).TellMe }));
const SupportThread = lazy(async () => ({
  default: (await import("../support/support-thread.tsx")).SupportThread,
}));

export function OrderPage({ id }: { id: string }) {
  const { words } = useSpeech();
  const [kept] = useState(() => findKept(device, id, Date.now()));
  if (kept) return <KeptOrderPage kept={kept} />;
  return (
    <Page title={words.order.title} narrow>
      <NotHere id={id} />
    </Page>
  );
}

function KeptOrderPage({ kept }: { kept: KeptOrder }) {
  const { words, clock } = useSpeech();
  const read = useOrder(kept.id, kept.token);
  const order = read.value;
  const now = useNow(read.error !== undefined);
  const closed = isClosed(read.error);
  useEffect(() => {
    // A link said so, and the shop does not: of an order that was never seen here nothing is kept.
    if (closed && kept.name === "") forgetOrder(device, kept.id, Date.now());
  }, [closed, kept]);
  const [checkedAt, setCheckedAt] = useState<number>();
  const check = async () => {
    await read.refresh();
    setCheckedAt(Date.now());
  };
  return (
    <Page title={words.order.title} subtitle={order?.items[0]?.name ?? kept.name} narrow>
      {!device.durable && <Notice tone="warn">{words.checkout.notKept}</Notice>}
      {closed ? (
        <NotHere id={kept.id} />
      ) : (
        <>
          {read.error !== undefined && order && (
            <Notice tone="warn">
              {words.order.unreachable(Math.round((now - (read.readAt ?? now)) / 1_000))}
            </Notice>
          )}
          {read.error !== undefined && !order && (
            <Notice tone="warn">
              <p>{words.products.unreachable}</p>
              <Button onClick={read.refresh}>{words.products.retry}</Button>
            </Notice>
          )}
          {order ? (
            <Opened order={order} kept={kept} onCheck={check} />
          ) : (
            <p role="status">{read.error === undefined && words.loading}</p>
          )}
          <p role="status" className={cards.muted}>
            {checkedAt !== undefined && words.order.checked(clock(checkedAt))}
          </p>
        </>
      )}
    </Page>
  );
}

interface OpenedProps {
  order: BuyerOrder;
  kept: KeptOrder;
  onCheck: () => void;
}

function Opened({ order, kept, onCheck }: OpenedProps) {
  const { words, money, explain } = useSpeech();
  const { pay, paying, error } = usePay(order, kept.token, onCheck);
  const outcome = outcomeOf(order, kept.payingSince !== undefined);
  const item = order.items[0];
  const take = (way: Taken) => {
    switch (way.does) {
      case "pay":
        return void pay(way.method);
      case "reorder":
        return go({ screen: "product", sku: way.sku, quantity: way.quantity });
      case "browse":
        return go({ screen: "products", ...(item ? { kind: item.kind } : {}) });
      case "check":
        return onCheck();
      case "talk":
        return talk();
      default:
        // Fewer units, another price or another account make another order.
        return go({ screen: "product", sku: item?.sku ?? kept.sku });
    }
  };
  const offered = waysOut(order.failure?.remedies ?? [], {
    place: "order",
    status: order.status,
    sku: item?.sku ?? kept.sku,
    quantity: item?.quantity ?? kept.quantity,
    ...(order.payment ? { method: order.payment.method } : {}),
  });
  // Whoever may have paid should look again before ordering again.
  const ways: WayOut[] = outcome.next === "late_payment" ? [{ does: "check" }, ...offered] : offered;
  const amount = money(order.amountFen);
  const facts = {
    order: order.id,
    ...(outcome.code ? { code: outcome.code } : {}),
    at: order.events.at(-1)?.at ?? order.createdAt,
  };
  const out = { ways, onTake: take, busy: paying, facts };
  return (
    <>
      <section className={cards.card}>
        <div className={styles.hero}>
          <StatusMark status={order.status} />
          <div>
            <div role="status">
              <h2>
                {outcome.next === "asking" && !outcome.trouble
                  ? words.order.maybePaid
                  : words.order.status[order.status]}
              </h2>
            </div>
            {!outcome.trouble && (
              <>
                <p>{words.order.money[outcome.money](amount)}</p>
                <p className={cards.muted}>{words.order.nextSteps[outcome.next]}</p>
              </>
            )}
          </div>
          {!isSettled(order.status) && <span className={styles.pulse} aria-hidden="true" />}
        </div>
        {outcome.trouble ? (
          <FailureCard
            happened={order.failure ? explain(order.failure) : words.order.status[order.status]}
            money={words.order.money[outcome.money](amount)}
            next={words.order.nextSteps[outcome.next]}
            {...out}
            inside={{ correct_account: <AccountForm id={order.id} token={kept.token} onDone={onCheck} /> }}
          />
        ) : (
          outcome.next === "over" && <WaysOut {...out} />
        )}
        {order.status === "awaiting_payment" && (
          <Suspense fallback={null}>
            {!outcome.trouble && <PayNow order={order} busy={paying} onPay={pay} />}
            <PayOrder order={order} token={kept.token} onPaid={onCheck} />
          </Suspense>
        )}
        {error !== undefined && (
          <Notice tone="bad">
            {error instanceof ProblemError ? explain(error.problem) : words.problem.lost}
          </Notice>
        )}
      </section>
      {order.status === "delivered" && <Codes order={order} />}
      <OrderFacts order={order} />
      <Suspense fallback={null}>
        {!isSettled(order.status) && order.status !== "expired" && (
          <TellMe id={order.id} token={kept.token} />
        )}
        <SupportThread
          id={order.id}
          token={kept.token}
          news={`${order.status} ${order.events.length}`}
          open={outcome.trouble}
        />
        {order.status === "delivered" && <AfterBuying bought={order.items.map(({ sku }) => sku)} />}
      </Suspense>
    </>
  );
}

/** Leads to where one writes to support. */
function talk(): void {
  const field = document.querySelector<HTMLElement>("#support textarea");
  field?.scrollIntoView({ block: "center" });
  field?.focus({ preventScroll: true });
}
