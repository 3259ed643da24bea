import { ProblemError } from "@orderwatch/shared/client.ts";
import { phonePattern } from "@orderwatch/shared/phone-pattern.ts";
import { type FormEvent, useState } from "react";
import { api } from "../api.ts";
import { readDetails } from "../device/details.ts";
import { device } from "../device/device.ts";
import { keptIdentity } from "../device/identity.ts";
import { countdown } from "../language/countdown.ts";
import { useSpeech } from "../language/language.tsx";
import { Button } from "../ui/button.tsx";
import cards from "../ui/card.module.css";
import { withDeadline } from "../ui/deadline.ts";
import { Notice } from "../ui/notice.tsx";
import { useNow } from "../ui/now.ts";
import { TextField } from "../ui/text-field.tsx";
import styles from "./account.module.css";
import { beginSession } from "./session.ts";
import { type AccountWords, accountWords } from "./words.ts";

const betweenMs = 60_000;

/** Why a call failed, in the reader's words. */
export function whyNot(words: AccountWords, error: unknown): string {
  return (error instanceof ProblemError && words.problem[error.problem.code]) || words.failed;
}

/** A phone number, then the code that came there. */
export function SignIn({ onDone }: { onDone: () => void }) {
  const { locale } = useSpeech();
  const words = accountWords(locale);
  const [phone, setPhone] = useState(() => readDetails(device).phone);
  const [code, setCode] = useState("");
  const [askedAt, setAskedAt] = useState<number>();
  const [flaw, setFlaw] = useState<string>();
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const wait = (askedAt ?? 0) + betweenMs - useNow(askedAt !== undefined);

  const during = async (work: () => Promise<void>) => {
    setFlaw(undefined);
    setError(undefined);
    setBusy(true);
    try {
      await work();
    } catch (caught) {
      if (caught instanceof ProblemError && caught.problem.code === "request.invalid")
        setFlaw(words.phoneFlaw);
      else setError(whyNot(words, caught));
    } finally {
      setBusy(false);
    }
  };
  const ask = async () => {
    if (!phonePattern.test(phone.trim())) return setFlaw(words.phoneFlaw);
    await during(async () => {
      const body = { phone: phone.trim(), language: locale };
      await withDeadline((signal) => api.askBuyerCode({ body, signal })).answer;
      setAskedAt(Date.now());
    });
  };
  const enter = async () => {
    if (!/^\d{6}$/.test(code.trim())) return setFlaw(words.codeFlaw);
    await during(async () => {
      const deviceId = keptIdentity(device);
      const body = { phone: phone.trim(), code: code.trim(), ...(deviceId ? { deviceId } : {}) };
      const begun = await withDeadline((signal) => api.signInBuyer({ body, signal })).answer;
      await beginSession(begun, body.phone);
      onDone();
    });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void (askedAt === undefined ? ask() : enter());
  };

  return (
    <section className={cards.card}>
      <p>{words.why}</p>
      <form className={styles.form} onSubmit={submit} noValidate>
        {askedAt === undefined ? (
          <TextField
            label={words.phone}
            type="tel"
            inputMode="tel"
            autoComplete="tel"
            maxLength={20}
            value={phone}
            onChange={setPhone}
            flaw={flaw}
          />
        ) : (
          <>
            <p role="status">{words.sent(phone.trim())}</p>
            <TextField
              label={words.code}
              inputMode="numeric"
              autoComplete="one-time-code"
              maxLength={6}
              value={code}
              onChange={setCode}
              flaw={flaw}
            />
          </>
        )}
        {error && <Notice tone="bad">{error}</Notice>}
        <Button type="submit" look="primary" wide busy={busy}>
          {askedAt === undefined ? words.send : words.enter}
        </Button>
        {askedAt !== undefined && (
          <>
            <Button wide disabled={busy || wait > 0} onClick={ask}>
              {wait > 0 ? words.againIn(countdown(wait)) : words.again}
            </Button>
            <Button look="quiet" wide disabled={busy} onClick={() => setAskedAt(undefined)}>
              {words.otherPhone}
            </Button>
          </>
        )}
      </form>
    </section>
  );
}
