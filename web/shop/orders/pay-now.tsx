import type { BuyerOrder, PaymentMethod } from "@orderwatch/shared/shop/orders.ts";
import { MethodMark } from "../checkout/method-mark.tsx";
import { methods } from "../device/details.ts";
import { device } from "../device/device.ts";
import { countdown } from "../language/countdown.ts";
import { useSpeech } from "../language/language.tsx";
import { Button } from "../ui/button.tsx";
import cards from "../ui/card.module.css";
import { useNow } from "../ui/now.ts";
import styles from "./orders.module.css";

interface PayNowProps {
  order: BuyerOrder;
  busy: boolean;
  onPay: (method: PaymentMethod) => void;
}

/** The ways to pay an order that waits for its money, the chosen one first. */
export function PayNow({ order, busy, onPay }: PayNowProps) {
  const { words } = useSpeech();
  const now = useNow(true);
  const current = order.payment?.method ?? "wechat";
  const left = order.payment ? Date.parse(order.payment.expiresAt) - now : 0;
  return (
    <div className={cards.actions}>
      {device.durable || !order.payment ? (
        <Button look="primary" wide busy={busy} onClick={() => onPay(current)}>
          <MethodMark method={current} />
          {words.order.payNow(words.method[current])}
        </Button>
      ) : (
        <a className={styles.linkButton} href={order.payment.url} target="_blank" rel="noreferrer">
          {words.order.payNow(words.method[current])}
        </a>
      )}
      {methods
        .filter((method) => method !== current)
        .map((method) => (
          <Button key={method} wide disabled={busy} onClick={() => onPay(method)}>
            <MethodMark method={method} />
            {words.remedy.payOther(words.method[method])}
          </Button>
        ))}
      {left > 0 && (
        <p className={styles.deadline}>
          {words.order.payBefore} <span className={styles.time}>{countdown(left)}</span>
        </p>
      )}
    </div>
  );
}
