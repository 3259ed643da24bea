import { IconAlertTriangle, IconCircleCheck, IconCircleX } from "@tabler/icons-react";
import { api } from "../api.ts";
import { MethodMark } from "../checkout/method-mark.tsx";
import { useSpeech } from "../language/language.tsx";
import cards from "../ui/card.module.css";
import { Notice } from "../ui/notice.tsx";
import { useNow } from "../ui/now.ts";
import { Page } from "../ui/page.tsx";
import { usePolled } from "../ui/polled.ts";
import styles from "./status.module.css";

const icons = { operational: IconCircleCheck, degraded: IconAlertTriangle, down: IconCircleX };
const readStatus = (signal: AbortSignal) => api.readStatus({ signal });
const everyMs = 10_000;
const staleMs = 2 * everyMs;

/** Whether the shop is selling, for anyone. */
export function StatusPage() {
  const { words, moment } = useSpeech();
  const { value, readAt, error } = usePolled(readStatus, () => everyMs);
  const now = useNow(true);
  const age = readAt === undefined ? 0 : now - readAt;
  const Icon = value && icons[value.status];
  return (
    <Page title={words.status.title} narrow>
      {error !== undefined && <Notice tone="bad">{words.status.unreachable}</Notice>}
      {!value && error === undefined && <p role="status">{words.loading}</p>}
      {value && Icon && (
        <section className={cards.card}>
          <div role="status" className={`${styles.shop} ${styles[value.status]}`}>
            <Icon size={40} aria-hidden="true" />
            <div>
              <h2>{words.status.shop[value.status]}</h2>
              <p>{words.status.explain[value.status]}</p>
            </div>
          </div>
          {value.channels.length > 0 && <h2 className={styles.heading}>{words.status.channels}</h2>}
          <ul>
            {value.channels.map(({ method, status }) => {
              const ChannelIcon = icons[status];
              return (
                <li key={method} className={styles.channel}>
                  <MethodMark method={method} />
                  <span className={styles.name}>{words.method[method]}</span>
                  <span className={`${styles.state} ${styles[status]}`}>
                    <ChannelIcon size={18} aria-hidden="true" />
                    {words.status.channel[status]}
                  </span>
                </li>
              );
            })}
          </ul>
          <p className={cards.muted}>
            {words.status.asOf(moment(value.at))}
            {age > staleMs && ` · ${words.status.stale(Math.round(age / 1_000))}`}
          </p>
        </section>
      )}
    </Page>
  );
}
