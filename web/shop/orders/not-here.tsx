import { useSpeech } from "../language/language.tsx";
import { Link } from "../navigation/link.tsx";
import cards from "../ui/card.module.css";
import styles from "./orders.module.css";

// Of this part alone: few see it, and the order page is to come at once.
const said = {
  en: {
    title: "This device does not hold the key to this order.",
    how: "Orders open on the device and browser that placed them, under “My orders”, or by a link that we send to whom it was placed for.",
  },
  "zh-CN": {
    title: "本设备没有打开此订单的凭证。",
    how: "订单可在下单时所用设备和浏览器的“我的订单”中打开，也可以让我们把链接发到下单时填写的手机或邮箱。",
  },
} as const;

/** An order whose token this device does not hold, and the ways to it. */
export function NotHere({ id }: { id: string }) {
  const { words, locale } = useSpeech();
  const { title, how } = said[locale];
  return (
    <section className={cards.card}>
      <h2>{title}</h2>
      <p>{how}</p>
      <div className={cards.actions}>
        <Link to={{ screen: "find", order: id }} className={styles.linkButton}>
          {words.orders.find}
        </Link>
        <Link to={{ screen: "orders" }} className={styles.otherLink}>
          {words.nav.orders}
        </Link>
      </div>
    </section>
  );
}
