import type { Conversation, SupportMessage } from "@orderwatch/shared/shop/support.ts";
import { IconMessage, IconPhoneCall, IconStar } from "@tabler/icons-react";
import { type FormEvent, useCallback, useEffect, useRef, useState } from "react";
import { api, bearer } from "../api.ts";
import { randomId } from "../device/random.ts";
import { useSpeech } from "../language/language.tsx";
import { Button } from "../ui/button.tsx";
import cards from "../ui/card.module.css";
import { withDeadline } from "../ui/deadline.ts";
import { Notice } from "../ui/notice.tsx";
import { usePolled } from "../ui/polled.ts";
import { CallForm } from "./call-form.tsx";
import { whyNot } from "./failure.ts";
import styles from "./support.module.css";
import { supportWords } from "./words.ts";

const everyMs = 10_000;

interface SupportThreadProps {
  id: string;
  token: string;
  /** Changes with the order: what may have been said with it is read at once. */
  news: string;
  /** Whether there is something to write about. */
  open: boolean;
}

/** What buyer and shop say to each other about an order; the call that the buyer asked for, and the stars they gave. */
export function SupportThread({ id, token, news, open }: SupportThreadProps) {
  const { locale, recent, clock } = useSpeech();
  const words = supportWords(locale);
  const at = { params: { id }, headers: bearer(token) };
  const read = useCallback(
    (signal: AbortSignal) => api.readConversation({ params: { id }, headers: bearer(token), signal }),
    [id, token],
  );
  const polled = usePolled(read, () => everyMs);
  const { refresh } = polled;
  const seen = useRef(news);
  useEffect(() => {
    if (seen.current === news) return;
    seen.current = news;
    void refresh();
  }, [news, refresh]);
  const [wanted, setWanted] = useState(false);
  const [answered, setAnswered] = useState<Conversation>();
  const [calling, setCalling] = useState(false);
  const [text, setText] = useState("");
  const [flaw, setFlaw] = useState<string>();
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const thread = newer(polled.value, answered);
  /** The message under way: sent again after a lost answer it is the same one, however often. */
  const composed = useRef<{ text: string; messageId: string }>(undefined);

  const during = async (call: (signal: AbortSignal) => Promise<Conversation>) => {
    setError(undefined);
    setBusy(true);
    try {
      setAnswered(await withDeadline(call).answer);
      return true;
    } catch (caught) {
      setError(whyNot(words, caught));
      return false;
    } finally {
      setBusy(false);
    }
  };
  const send = async (event: FormEvent) => {
    event.preventDefault();
    const wanted = text.trim();
    setFlaw(wanted ? undefined : words.missing);
    if (!wanted) return;
    if (composed.current?.text !== wanted)
      composed.current = { text: wanted, messageId: randomId(Date.now()) };
    const body = { ...composed.current, language: locale };
    if (!(await during((signal) => api.writeMessage({ ...at, body, signal })))) return;
    composed.current = undefined;
    setText("");
  };
  const call = thread?.call;

  if (!open && !wanted && thread?.state == null)
    return (
      <Button wide onClick={() => setWanted(true)}>
        <IconMessage size={20} aria-hidden="true" />
        {words.title}
      </Button>
    );

  return (
    <section className={cards.card} id="support">
      <h2>{words.title}</h2>
      {thread && thread.messages.length === 0 && <p className={cards.muted}>{words.none}</p>}
      {thread && thread.messages.length > 0 && (
        <ol className={styles.thread} aria-live="polite">
          {thread.messages.map((message) => (
            <li key={message.id} className={lookOf(message)}>
              <span className={styles.by}>
                {words.kind[message.kind] || words.author[message.author]} · {recent(Date.parse(message.at))}
              </span>
              {typeof message.text === "string" ? message.text : message.text[locale]}
            </li>
          ))}
        </ol>
      )}
      {thread?.state && <p role="status">{words.state[thread.state]}</p>}
      {thread && (thread.mayRate || thread.rating !== null) && (
        <Rating
          rating={thread.rating}
          busy={busy}
          onRate={(stars) => during((signal) => api.rateAnswer({ ...at, body: { stars }, signal }))}
        />
      )}
      {call && (
        <Notice tone="good">
          {call.bestFrom && call.bestTo
            ? words.askedBetween(
                call.phone,
                recent(Date.parse(call.bestFrom)),
                clock(call.bestTo).slice(0, 5),
              )
            : words.asked(call.phone)}
        </Notice>
      )}
      <form className={styles.form} onSubmit={send} noValidate>
        <label className={styles.area}>
          {words.write}
          <textarea
            maxLength={2_000}
            value={text}
            aria-invalid={flaw !== undefined}
            onChange={(event) => setText(event.currentTarget.value)}
          />
        </label>
        {thread?.state === "resolved" && <p className={cards.muted}>{words.reopen}</p>}
        {(flaw ?? error) && <Notice tone="bad">{flaw ?? error}</Notice>}
        <Button type="submit" look="primary" wide busy={busy}>
          {words.send}
        </Button>
      </form>
      {calling ? (
        <CallForm
          why={words.callWhy}
          send={async (body) => {
            setAnswered(await withDeadline((signal) => api.askForCall({ ...at, body, signal })).answer);
            setCalling(false);
          }}
        />
      ) : (
        <Button wide onClick={() => setCalling(true)}>
          <IconPhoneCall size={20} aria-hidden="true" />
          {call ? words.callAgain : words.call}
        </Button>
      )}
    </section>
  );
}

const lookOf = ({ author, kind }: SupportMessage) =>
  [styles.message, author === "buyer" && styles.mine, kind !== "message" && styles.news]
    .filter(Boolean)
    .join(" ");

/** An answer to what was just sent may be newer than what was read before it, or older than what was read since. */
function newer(read: Conversation | undefined, answered: Conversation | undefined) {
  if (!read || !answered) return answered ?? read;
  return read.messages.length >= answered.messages.length &&
    (read.call || !answered.call) &&
    (read.rating ?? 0) >= (answered.rating ?? 0)
    ? read
    : answered;
}

interface RatingProps {
  rating: number | null;
  busy: boolean;
  onRate: (stars: number) => void;
}

function Rating({ rating, busy, onRate }: RatingProps) {
  const { locale } = useSpeech();
  const words = supportWords(locale);
  if (rating !== null) return <p role="status">{words.rated(rating)}</p>;
  return (
    <fieldset>
      <legend className={styles.legend}>{words.rate}</legend>
      <div className={styles.stars}>
        {[1, 2, 3, 4, 5].map((stars) => (
          <button
            key={stars}
            type="button"
            className={styles.star}
            disabled={busy}
            aria-label={words.stars(stars)}
            onClick={() => onRate(stars)}
          >
            <IconStar size={28} aria-hidden="true" />
          </button>
        ))}
      </div>
    </fieldset>
  );
}
