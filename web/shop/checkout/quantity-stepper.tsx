import type { Product } from "@orderwatch/shared/shop/catalog.ts";
import { IconMinus, IconPlus } from "@tabler/icons-react";
import { useId } from "react";
import { useSpeech } from "../language/language.tsx";
import { Button } from "../ui/button.tsx";
import styles from "./checkout.module.css";
import { clampQuantity, mostOf } from "./quantity.ts";

interface QuantityStepperProps {
  product: Product;
  quantity: number;
  onChange: (quantity: number) => void;
}

export function QuantityStepper({ product, quantity, onChange }: QuantityStepperProps) {
  const { words } = useSpeech();
  const id = useId();
  const most = mostOf(product);
  const { limit, limitPerBuyer } = product;
  const hints = [
    ...(limit === undefined ? [] : [words.checkout.limit(limit)]),
    ...(limitPerBuyer === undefined ? [] : [words.checkout.limitPerBuyer(limitPerBuyer)]),
  ];
  const set = (wanted: number) => onChange(clampQuantity(wanted, product));
  return (
    <div className={styles.quantity}>
      <div>
        <label htmlFor={id} className={styles.legend}>
          {words.checkout.quantity}
        </label>
        {hints.length > 0 && (
          <p className={styles.hint} id={`${id}-hint`}>
            {hints.join(" · ")}
          </p>
        )}
      </div>
      <div className={styles.stepper}>
        <Button onClick={() => set(quantity - 1)} disabled={quantity <= 1} aria-label={words.checkout.fewer}>
          <IconMinus size={20} aria-hidden="true" />
        </Button>
        <input
          id={id}
          type="text"
          inputMode="numeric"
          autoComplete="off"
          value={String(quantity)}
          onChange={(event) => set(Number(event.currentTarget.value.replace(/\D/g, "") || "1"))}
          onFocus={(event) => event.currentTarget.select()}
          aria-describedby={hints.length === 0 ? undefined : `${id}-hint`}
        />
        <Button
          onClick={() => set(quantity + 1)}
          disabled={quantity >= most}
          aria-label={words.checkout.more}
        >
          <IconPlus size={20} aria-hidden="true" />
        </Button>
      </div>
    </div>
  );
}
