import { ProblemError } from "@orderwatch/shared/client.ts";
import { type FormEvent, useEffect, useState } from "react";
import { api } from "../api.ts";
import { useSpeech } from "../language/language.tsx";
import { Button } from "../ui/button.tsx";
import cards from "../ui/card.module.css";
import { withDeadline } from "../ui/deadline.ts";
import { Notice } from "../ui/notice.tsx";
import { TextField } from "../ui/text-field.tsx";
import { canPush, currentPush, endPush, startPush } from "./push.ts";
import styles from "./status.module.css";
import { type SubscribeWords, subscribeWords } from "./subscribe-words.ts";

type Said = { tone: "good" | "bad"; text: string };

const whyNot = (words: SubscribeWords, error: unknown): string => {
  const code = error instanceof ProblemError ? error.problem.code : "";
  if (code === "subscription.link_invalid") return words.linkInvalid;
  return code === "subscription.too_many" ? words.tooMany : words.failed;
};

/** News of this page by e-mail and as pushes; loaded after the page itself. */
export function Subscribe() {
  const { locale } = useSpeech();
  const words = subscribeWords(locale);
  return (
    <section className={cards.card}>
      <h2 className={styles.heading}>{words.title}</h2>
      <p className={cards.muted}>{words.why}</p>
      <ByEmail words={words} language={locale} />
      {canPush() && <ByPush words={words} language={locale} />}
    </section>
  );
}

function ByEmail({ words, language }: { words: SubscribeWords; language: "zh-CN" | "en" }) {
  const [email, setEmail] = useState("");
  const [flaw, setFlaw] = useState<string>();
  const [said, setSaid] = useState<Said>();
  const [busy, setBusy] = useState(false);

  const send = async (event: FormEvent) => {
    event.preventDefault();
    setSaid(undefined);
    setFlaw(undefined);
    if (!/^\S+@\S+\.\S+$/.test(email.trim())) return setFlaw(words.emailFlaw);
    setBusy(true);
    try {
      const body = { channel: "email" as const, email: email.trim(), language };
      await withDeadline((signal) => api.subscribeStatus({ body, signal })).answer;
      setEmail("");
      setSaid({ tone: "good", text: words.sent });
    } catch (error) {
      const code = error instanceof ProblemError ? error.problem.code : "";
      if (code === "request.invalid") setFlaw(words.emailFlaw);
      else setSaid({ tone: "bad", text: whyNot(words, error) });
    }
    setBusy(false);
  };

  return (
    <form className={styles.subscribe} onSubmit={send} noValidate>
      <TextField
        label={words.email}
        type="email"
        inputMode="email"
        autoComplete="email"
        value={email}
        flaw={flaw}
        onChange={setEmail}
      />
      <Button type="submit" look="primary" busy={busy}>
        {words.send}
      </Button>
      {said && <Notice tone={said.tone}>{said.text}</Notice>}
    </form>
  );
}

function ByPush({ words, language }: { words: SubscribeWords; language: "zh-CN" | "en" }) {
  const [isOn, setOn] = useState(false);
  const [said, setSaid] = useState<Said>();
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    void currentPush().then((subscription) => setOn(subscription !== null));
  }, []);

  const toggle = async () => {
    setBusy(true);
    setSaid(undefined);
    try {
      if (isOn) await endPush();
      else if (!(await startPush(language))) return setSaid({ tone: "bad", text: words.pushDenied });
      setOn(!isOn);
    } catch (error) {
      setSaid({ tone: "bad", text: whyNot(words, error) });
    } finally {
      setBusy(false);
    }
  };

  return (
    <div className={styles.push}>
      {isOn && <p role="status">{words.pushOn}</p>}
      <Button onClick={toggle} busy={busy}>
        {isOn ? words.pushOff : words.push}
      </Button>
      {said && <Notice tone={said.tone}>{said.text}</Notice>}
    </div>
  );
}

/** What a mail's link asks for; done by a press, since mail scanners open links as well. */
export function FollowedLink() {
  const words = subscribeWords(useSpeech().locale);
  const [link] = useState(() => /^#(confirm|end)=([\w.-]+)$/.exec(window.location.hash));
  const [said, setSaid] = useState<Said>();
  const [busy, setBusy] = useState(false);
  const [, does, token = ""] = link ?? [];
  if (does === undefined) return null;
  const isConfirm = does === "confirm";

  const act = async () => {
    setBusy(true);
    try {
      const body = { token };
      await withDeadline((signal) =>
        isConfirm ? api.confirmSubscription({ body, signal }) : api.endSubscription({ body, signal }),
      ).answer;
      setSaid({ tone: "good", text: isConfirm ? words.confirmed : words.ended });
      window.history.replaceState(window.history.state, "", window.location.pathname);
    } catch (error) {
      setSaid({ tone: "bad", text: whyNot(words, error) });
    }
    setBusy(false);
  };

  return (
    <section className={`${cards.card} ${styles.followed}`}>
      <h2 className={styles.heading}>{isConfirm ? words.confirm : words.end}</h2>
      {said ? (
        <Notice tone={said.tone}>{said.text}</Notice>
      ) : (
        <>
          <p>{isConfirm ? words.confirmWhy : words.endWhy}</p>
          <Button look="primary" busy={busy} onClick={act}>
            {isConfirm ? words.confirm : words.end}
          </Button>
        </>
      )}
    </section>
  );
}
