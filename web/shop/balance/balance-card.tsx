import type { Balance } from "@orderwatch/shared/shop/balance.ts";
import { useSpeech } from "../language/language.tsx";
import styles from "../orders/orders.module.css";
import cards from "../ui/card.module.css";
import { balanceWords } from "./words.ts";

/** What a buyer has with the shop, and how it came to that. */
export function BalanceCard({ balance: { balanceFen, movements } }: { balance: Balance }) {
  const { locale, money, moment } = useSpeech();
  const words = balanceWords(locale);
  return (
    <section className={cards.card}>
      <h2>
        {words.title}: {money(balanceFen)}
      </h2>
      <p className={cards.muted}>{words.why}</p>
      {movements.length === 0 ? (
        <p className={cards.muted}>{words.none}</p>
      ) : (
        <ul className={styles.items}>
          {movements.map(({ kind, amountFen, at }) => (
            <li key={`${at} ${kind} ${amountFen}`}>
              <span>
                {words.kind[kind]}
                <span className={cards.muted}> · {moment(at)}</span>
              </span>
              <span className={styles.amount}>
                {amountFen > 0 ? "+" : "−"}
                {money(Math.abs(amountFen))}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
