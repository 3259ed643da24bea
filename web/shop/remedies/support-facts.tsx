import { useRef } from "react";
import { useSpeech } from "../language/language.tsx";
import cards from "../ui/card.module.css";
import { CopyButton } from "../ui/copy-button.tsx";
import styles from "./remedies.module.css";

export interface Facts {
  order?: string;
  code?: string;
  request?: string;
  at: number | string;
}

/** What support needs to find the case, ready to be copied; never codes, tokens or contact details. */
export function SupportFacts({ facts }: { facts: Facts }) {
  const { words, moment } = useSpeech();
  const list = useRef<HTMLDListElement>(null);
  const { remedy } = words;
  const lines = [
    [words.order.number, facts.order],
    [remedy.failure, facts.code],
    [remedy.request, facts.request],
    [remedy.time, moment(facts.at)],
  ].filter((line): line is [string, string] => Boolean(line[1]));
  return (
    <section className={styles.support} aria-label={remedy.support}>
      <p>{remedy.showSupport}</p>
      <dl className={cards.facts} ref={list}>
        {lines.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className={cards.mono}>{value}</dd>
          </div>
        ))}
      </dl>
      <CopyButton
        label={remedy.facts}
        text={lines.map((line) => line.join(": ")).join("\n")}
        source={() => list.current}
      />
    </section>
  );
}
