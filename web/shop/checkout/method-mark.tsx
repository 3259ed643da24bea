import type { PaymentMethod } from "@orderwatch/shared/shop/orders.ts";
import { IconBrandAlipay, IconBrandWechat } from "@tabler/icons-react";
import styles from "./checkout.module.css";

const icons = { wechat: IconBrandWechat, alipay: IconBrandAlipay };

export function MethodMark({ method }: { method: PaymentMethod }) {
  const Icon = icons[method];
  return (
    <span className={`${styles.mark} ${styles[method]}`}>
      <Icon size={20} aria-hidden="true" />
    </span>
  );
}
