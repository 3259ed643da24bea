import type { BuyerOrder } from "@orderwatch/shared/shop/orders.ts";
import { useRef } from "react";
import { useSpeech } from "../language/language.tsx";
import cards from "../ui/card.module.css";
import { CopyButton } from "../ui/copy-button.tsx";
import styles from "./orders.module.css";
import { refundWords } from "./refund-words.ts";

/** What was ordered, the order's number, and everything that happened to it. */
export function OrderFacts({ order }: { order: BuyerOrder }) {
  const { words, locale, money, moment, clock, explain } = useSpeech();
  const refunds = refundWords(locale);
  const number = useRef<HTMLElement>(null);
  return (
    <>
      <section className={cards.card}>
        <h2>{words.order.items}</h2>
        <ul className={styles.items}>
          {order.items.map((item) => (
            <li key={item.sku}>
              <span>{`${item.name} ×\u00a0${item.quantity}`}</span>
              <span className={styles.amount}>{money(item.priceFen * item.quantity)}</span>
            </li>
          ))}
          <li className={styles.total}>
            <span>{words.checkout.total}</span>
            <span className={styles.amount}>{money(order.amountFen)}</span>
          </li>
        </ul>
        <dl className={cards.facts}>
          <div>
            <dt>{words.order.placed}</dt>
            <dd>{moment(order.createdAt)}</dd>
          </div>
          <div>
            <dt>{words.order.number}</dt>
            <dd className={styles.number}>
              <code ref={number} className={cards.mono}>
                {order.id}
              </code>
              <CopyButton
                text={order.id}
                label={words.order.copy}
                name={words.order.copyNamed(words.order.number)}
                source={() => number.current}
              />
            </dd>
          </div>
        </dl>
      </section>
      {order.refunds && (
        <section className={cards.card}>
          <h2>{refunds.title}</h2>
          <ul className={styles.items}>
            {order.refunds.map((refund) => (
              <li key={`${refund.at} ${refund.amountFen}`}>
                <span>
                  {refunds[refund.status]}
                  <span className={cards.muted}> · {clock(refund.at)}</span>
                </span>
                <span className={styles.amount}>{money(refund.amountFen)}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <details className={styles.steps}>
        <summary>{words.order.steps}</summary>
        <ol>
          {order.events.map((event) => (
            <li key={`${event.at} ${event.type}`}>
              <time dateTime={event.at}>{clock(event.at)}</time>
              <span>
                {words.order.status[event.status]}
                {event.code && (
                  <span className={cards.muted}> · {explain({ code: event.code, detail: event.code })}</span>
                )}
              </span>
            </li>
          ))}
        </ol>
      </details>
    </>
  );
}
