import type { StockLevel } from "@orderwatch/shared/shop/catalog.ts";
import { IconCircleCheck, IconCircleX, IconFlame } from "@tabler/icons-react";
import { useSpeech } from "../language/language.tsx";
import styles from "./catalog.module.css";

const icons = { in: IconCircleCheck, low: IconFlame, out: IconCircleX };

export function StockBadge({ level }: { level: StockLevel }) {
  const { words } = useSpeech();
  const Icon = icons[level];
  return (
    <span className={`${styles.stock} ${styles[level]}`}>
      <Icon size={16} aria-hidden="true" />
      {words.products.stock[level]}
    </span>
  );
}
