import type { PaymentMethod } from "@orderwatch/shared/shop/orders.ts";
import { methods } from "../device/details.ts";
import { useSpeech } from "../language/language.tsx";
import styles from "./checkout.module.css";
import { MethodMark } from "./method-mark.tsx";

interface MethodChoiceProps {
  method: PaymentMethod;
  onChange: (method: PaymentMethod) => void;
}

export function MethodChoice({ method, onChange }: MethodChoiceProps) {
  const { words } = useSpeech();
  return (
    <fieldset className={styles.group}>
      <legend className={styles.legend}>{words.checkout.payWith}</legend>
      <div className={styles.methods}>
        {methods.map((each) => (
          <label key={each} className={styles.method}>
            <input
              type="radio"
              name="method"
              value={each}
              checked={each === method}
              onChange={() => onChange(each)}
            />
            <MethodMark method={each} />
            {words.method[each]}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
