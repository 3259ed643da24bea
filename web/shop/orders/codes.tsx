import type { BuyerOrder } from "@orderwatch/shared/shop/orders.ts";
import { useRef } from "react";
import { useSpeech } from "../language/language.tsx";
import cards from "../ui/card.module.css";
import { CopyButton } from "../ui/copy-button.tsx";
import styles from "./orders.module.css";

/** What was bought: card codes, or the supplier's references of top-ups, each with a button that copies it. */
export function Codes({ order }: { order: BuyerOrder }) {
  const { words } = useSpeech();
  const kinds = new Map(order.items.map((item) => [item.sku, item.kind]));
  const codes = (order.codes ?? []).filter(({ sku }) => kinds.get(sku) !== "recharge");
  const references = (order.codes ?? []).filter(({ sku }) => kinds.get(sku) === "recharge");
  const recharged = order.items.some(({ kind }) => kind === "recharge");
  return (
    <>
      {codes.length > 0 && (
        <section className={cards.card}>
          <h2>{words.order.codes}</h2>
          <ul className={styles.codes}>
            {codes.map(({ code }) => (
              <Code key={code} code={code} what={words.order.codes} advised={codes.length === 1} />
            ))}
          </ul>
          {codes.length > 1 && (
            <CopyButton
              look="primary"
              label={words.order.copyAll}
              text={codes.map(({ code }) => code).join("\n")}
            />
          )}
          <p className={cards.muted}>{words.order.codesHint}</p>
        </section>
      )}
      {recharged && (
        <section className={cards.card}>
          <h2>{words.order.rechargedHint}</h2>
          <ul className={styles.codes}>
            {references.map(({ code }) => (
              <Code key={code} code={code} what={words.order.reference} />
            ))}
          </ul>
          {references.length > 0 && <p className={cards.muted}>{words.order.reference}</p>}
        </section>
      )}
    </>
  );
}

function Code({ code, what, advised = false }: { code: string; what: string; advised?: boolean }) {
  const { words } = useSpeech();
  const text = useRef<HTMLElement>(null);
  return (
    <li className={styles.code}>
      <code ref={text}>{code}</code>
      <CopyButton
        text={code}
        label={words.order.copy}
        name={words.order.copyNamed(`${what} ${code}`)}
        look={advised ? "primary" : "secondary"}
        source={() => text.current}
      />
    </li>
  );
}
