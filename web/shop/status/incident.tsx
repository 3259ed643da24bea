import type { PublicIncident } from "@orderwatch/shared/shop/status.ts";
import { useSpeech } from "../language/language.tsx";
import cards from "../ui/card.module.css";
import { componentOrder } from "./component-order.ts";
import styles from "./status.module.css";
import { statusWords } from "./words.ts";

/** What lasts: in full, the newest word first. */
export function CurrentIncident({ incident }: { incident: PublicIncident }) {
  const { locale } = useSpeech();
  const isDown = Object.values(incident.impact).includes("down");
  return (
    <article className={`${cards.card} ${styles.incident} ${isDown ? styles.badly : ""}`}>
      <h3>{incident.title[locale]}</h3>
      <Affected incident={incident} />
      <Updates incident={incident} />
    </article>
  );
}

/** What is over: a line that opens. */
export function PastIncident({ incident }: { incident: PublicIncident }) {
  const { locale, moment } = useSpeech();
  const words = statusWords(locale);
  const lastedMs = Date.parse(incident.resolvedAt ?? incident.startedAt) - Date.parse(incident.startedAt);
  return (
    <details className={styles.past}>
      <summary>
        <span className={styles.pastTitle}>{incident.title[locale]}</span>
        <span className={cards.muted}>
          {moment(incident.startedAt)} · {words.lasted(Math.max(1, Math.round(lastedMs / 60_000)))}
        </span>
      </summary>
      <Affected incident={incident} />
      <Updates incident={incident} />
    </details>
  );
}

function Affected({ incident: { impact } }: { incident: PublicIncident }) {
  const { locale } = useSpeech();
  const words = statusWords(locale);
  const affected = componentOrder.filter((name) => impact[name] !== undefined);
  if (affected.length === 0) return null;
  return (
    <p className={styles.affected}>
      <span className={cards.muted}>{words.affects}</span>
      {affected.map((name) => (
        <span key={name} className={styles.tag}>
          {words.component[name]}
        </span>
      ))}
    </p>
  );
}

function Updates({ incident: { updates } }: { incident: PublicIncident }) {
  const { locale, moment } = useSpeech();
  const words = statusWords(locale);
  return (
    <ol className={styles.updates}>
      {updates.map(({ id, phase, text, publishedAt }) => (
        <li key={id} className={styles[phase]}>
          <strong>{words.phase[phase]}</strong>
          <time dateTime={publishedAt} className={cards.muted}>
            {moment(publishedAt)}
          </time>
          <p>{text[locale]}</p>
        </li>
      ))}
    </ol>
  );
}
