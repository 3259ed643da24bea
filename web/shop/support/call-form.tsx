import { phonePattern } from "@orderwatch/shared/phone-pattern.ts";
import type { AskForCall } from "@orderwatch/shared/shop/support.ts";
import { type FormEvent, useState } from "react";
import { readDetails } from "../device/details.ts";
import { device } from "../device/device.ts";
import { useSpeech } from "../language/language.tsx";
import { Button } from "../ui/button.tsx";
import cards from "../ui/card.module.css";
import { Notice } from "../ui/notice.tsx";
import { TextField } from "../ui/text-field.tsx";
import { bestTime, type PartOfDay, partsOfDay } from "./best-time.ts";
import { whyNot } from "./failure.ts";
import styles from "./support.module.css";
import { supportWords } from "./words.ts";

interface CallFormProps {
  why: string;
  phone?: string | undefined;
  send: (wish: AskForCall) => Promise<void>;
}

/** Asks for a call: a number, the part of the day, and what should be known. */
export function CallForm({ why, phone: known, send }: CallFormProps) {
  const { locale } = useSpeech();
  const words = supportWords(locale);
  const [phone, setPhone] = useState(() => known || readDetails(device).phone);
  const [part, setPart] = useState<PartOfDay>("any");
  const [note, setNote] = useState("");
  const [flaw, setFlaw] = useState<string>();
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const isPhone = phonePattern.test(phone.trim());
    setFlaw(isPhone ? undefined : words.phoneFlaw);
    if (!isPhone) return;
    setError(undefined);
    setBusy(true);
    try {
      const text = note.trim();
      await send({
        ...{ phone: phone.trim(), language: locale, ...bestTime(part, new Date()) },
        ...(text ? { note: text } : {}),
      });
    } catch (caught) {
      setError(whyNot(words, caught));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form className={styles.form} onSubmit={submit} noValidate>
      <p className={cards.muted}>{why}</p>
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
      <fieldset>
        <legend className={styles.legend}>{words.when}</legend>
        <div className={styles.times}>
          {partsOfDay.map((each) => (
            <Button key={each} aria-pressed={each === part} onClick={() => setPart(each)}>
              {words.times[each]}
            </Button>
          ))}
        </div>
      </fieldset>
      <TextField label={words.note} maxLength={500} value={note} onChange={setNote} />
      {error && <Notice tone="bad">{error}</Notice>}
      <Button type="submit" look="primary" wide busy={busy}>
        {words.ask}
      </Button>
    </form>
  );
}
