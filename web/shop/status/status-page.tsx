import { lazy, Suspense, useState } from "react";
import { api } from "../api.ts";
import { useSpeech } from "../language/language.tsx";
import cards from "../ui/card.module.css";
import { Notice } from "../ui/notice.tsx";
import { useNow } from "../ui/now.ts";
import { Page } from "../ui/page.tsx";
import { usePolled } from "../ui/polled.ts";
import { HealthIcon } from "./health.tsx";
import { CurrentIncident, PastIncident } from "./incident.tsx";
import styles from "./status.module.css";
import { statusWords } from "./words.ts";

/** Comes after the page: who looks whether the shop works needs no form for it. */
const Subscribe = lazy(async () => ({ default: (await import("./subscribe.tsx")).Subscribe }));
const FollowedLink = lazy(async () => ({ default: (await import("./subscribe.tsx")).FollowedLink }));

const readStatus = (signal: AbortSignal) => api.readStatus({ signal });
const everyMs = 10_000;
const staleMs = 2 * everyMs;

/** Whether the shop is selling, part by part, and what is or was wrong; for anyone. */
export function StatusPage() {
  const { words: shop, locale, moment } = useSpeech();
  const words = statusWords(locale);
  const { value, readAt, error } = usePolled(readStatus, () => everyMs);
  // Kept, since the address forgets the link once it has done its work.
  const [isFollowed] = useState(() => window.location.hash !== "");
  const now = useNow(true);
  const age = readAt === undefined ? 0 : now - readAt;
  return (
    <Page title={words.title} narrow>
      {isFollowed && (
        <Suspense fallback={null}>
          <FollowedLink />
        </Suspense>
      )}
      {error !== undefined && <Notice tone="bad">{words.unreachable}</Notice>}
      {!value && error === undefined && <p role="status">{shop.loading}</p>}
      {value && (
        <div className={styles.sections}>
          <section className={cards.card}>
            <div role="status" className={`${styles.shop} ${styles[value.status]}`}>
              <HealthIcon health={value.status} size={40} />
              <div>
                <h2>{words.shop[value.status]}</h2>
                <p>{words.explain[value.status]}</p>
              </div>
            </div>
          </section>
          {value.incidents.current.length > 0 && (
            <section className={styles.section}>
              <h2>{words.current}</h2>
              {value.incidents.current.map((incident) => (
                <CurrentIncident key={incident.id} incident={incident} />
              ))}
            </section>
          )}
          <section className={cards.card}>
            <h2 className={styles.heading}>{words.components}</h2>
            <ul>
              {value.components.map(({ name, status }) => (
                <li key={name} className={styles.component}>
                  <span className={styles.name}>{words.component[name]}</span>
                  <span className={`${styles.state} ${styles[status]}`}>
                    <HealthIcon health={status} size={18} />
                    {(name === "stock" ? words.stock : words.health)[status]}
                  </span>
                </li>
              ))}
            </ul>
            <p className={cards.muted}>
              {words.asOf(moment(value.at))}
              {age > staleMs && ` · ${words.stale(Math.round(age / 1_000))}`}
            </p>
          </section>
          <section className={cards.card}>
            <h2 className={styles.heading}>{words.past}</h2>
            {value.incidents.past.length === 0 && <p className={cards.muted}>{words.pastNone}</p>}
            {value.incidents.past.map((incident) => (
              <PastIncident key={incident.id} incident={incident} />
            ))}
          </section>
        </div>
      )}
      <Suspense fallback={null}>
        <Subscribe />
      </Suspense>
    </Page>
  );
}
