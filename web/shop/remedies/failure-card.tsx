import { IconAlertTriangle } from "@tabler/icons-react";
import { useId } from "react";
import { useSpeech } from "../language/language.tsx";
import cards from "../ui/card.module.css";
import styles from "./remedies.module.css";
import { WaysOut, type WaysOutProps } from "./ways-out-list.tsx";

interface FailureCardProps extends WaysOutProps {
  happened: string;
  money: string;
  next: string;
}

/** Why something failed, whether it cost money, what comes next, and the ways out. */
export function FailureCard({ happened, money, next, ...ways }: FailureCardProps) {
  const { words } = useSpeech();
  const id = useId();
  return (
    <section className={styles.failure} aria-labelledby={id}>
      <div role="alert">
        <dl className={cards.facts}>
          <div>
            <dt id={id}>
              <IconAlertTriangle size={18} aria-hidden="true" /> {words.order.happened}
            </dt>
            <dd className={styles.happened}>{happened}</dd>
          </div>
          <div>
            <dt>{words.order.yourMoney}</dt>
            <dd>{money}</dd>
          </div>
          <div>
            <dt>{words.order.next}</dt>
            <dd>{next}</dd>
          </div>
        </dl>
      </div>
      <WaysOut {...ways} />
    </section>
  );
}
