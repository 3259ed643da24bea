import { useEffect, useState } from "react";
import { bringOrders, forgetSession, keptSession } from "../account/session.ts";
import { api, bearer } from "../api.ts";
import { endAttempt } from "../checkout/attempt.ts";
import { forgetDetails } from "../device/details.ts";
import { device } from "../device/device.ts";
import { forgetOrders, keptOrders, noteOrder } from "../device/orders.ts";
import { useSpeech } from "../language/language.tsx";
import { Link } from "../navigation/link.tsx";
import { Button } from "../ui/button.tsx";
import cards from "../ui/card.module.css";
import { withDeadline } from "../ui/deadline.ts";
import { Page } from "../ui/page.tsx";
import { factsOf } from "./facts.ts";
import styles from "./orders.module.css";
import { isSettled } from "./poll.ts";
import { StatusMark } from "./status-mark.tsx";

const mostRefreshed = 10;

/** The orders of this device, newest first. */
export function OrdersPage() {
  const { words, money, recent } = useSpeech();
  const [orders, setOrders] = useState(() => keptOrders(device, Date.now()));
  const [asking, setAsking] = useState(false);

  useEffect(() => {
    bringOrders().then(
      () => setOrders(keptOrders(device, Date.now())),
      // What this device knows is shown; "Me" says what is wrong.
      () => undefined,
    );
    const open = keptOrders(device, Date.now()).filter(({ status }) => !isSettled(status));
    for (const { id, token } of open.slice(0, mostRefreshed)) {
      withDeadline((signal) => api.readOrder({ params: { id }, headers: bearer(token), signal })).answer.then(
        (order) => {
          noteOrder(device, id, factsOf(order), Date.now());
          setOrders(keptOrders(device, Date.now()));
        },
        // The list then shows what was seen last; the order's own page says what is wrong.
        () => undefined,
      );
    }
  }, []);

  const forget = () => {
    forgetOrders(device);
    forgetDetails(device);
    forgetSession();
    endAttempt(device);
    setOrders([]);
    setAsking(false);
  };

  const isAlone = keptSession() === undefined;
  const page = { title: words.orders.title, subtitle: isAlone ? words.orders.subtitle : "", narrow: true };
  if (orders.length === 0)
    return (
      <Page {...page}>
        <section className={cards.card}>
          <p>{words.orders.none}</p>
          <Link to={{ screen: "products" }} className={styles.linkButton}>
            {words.toProducts}
          </Link>
          {isAlone && <ToSignIn className={styles.otherLink} />}
          <ToFind />
        </section>
      </Page>
    );
  return (
    <Page {...page}>
      <ul className={styles.orders}>
        {orders.map((order) => (
          <li key={order.id}>
            <Link to={{ screen: "order", id: order.id }} className={styles.order}>
              <StatusMark status={order.status} size={22} />
              <span className={styles.what}>
                <span className={styles.name}>
                  {order.name ? `${order.name} ×\u00a0${order.quantity}` : words.order.title}
                </span>
                <span className={cards.muted}>
                  {words.order.status[order.status]} · {recent(order.placedAt)}
                </span>
              </span>
              <span className={styles.amount}>{money(order.amountFen)}</span>
            </Link>
          </li>
        ))}
      </ul>
      {isAlone && <ToSignIn className={styles.linkButton} />}
      <ToFind />
      {asking ? (
        <section className={cards.card}>
          <p>{words.orders.forgetSure}</p>
          <div className={cards.actions}>
            <Button look="primary" onClick={() => setAsking(false)}>
              {words.orders.forgetNo}
            </Button>
            <Button onClick={forget}>{words.orders.forgetYes}</Button>
          </div>
        </section>
      ) : (
        <Button look="quiet" onClick={() => setAsking(true)}>
          {words.orders.forget}
        </Button>
      )}
    </Page>
  );
}

function ToFind() {
  const { words } = useSpeech();
  return (
    <Link to={{ screen: "find" }} className={styles.otherLink}>
      {words.orders.find}
    </Link>
  );
}

function ToSignIn({ className }: { className: string | undefined }) {
  const { words } = useSpeech();
  return (
    <Link to={{ screen: "account" }} className={className}>
      {words.orders.signIn}
    </Link>
  );
}
