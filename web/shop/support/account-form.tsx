import { type FormEvent, useState } from "react";
import { api, bearer } from "../api.ts";
import { useSpeech } from "../language/language.tsx";
import { Button } from "../ui/button.tsx";
import { withDeadline } from "../ui/deadline.ts";
import { Notice } from "../ui/notice.tsx";
import { TextField } from "../ui/text-field.tsx";
import { whyNot } from "./failure.ts";
import styles from "./support.module.css";
import { supportWords } from "./words.ts";

/** The right account for an order whose account does not exist; it is topped up at once. */
export function AccountForm({ id, token, onDone }: { id: string; token: string; onDone: () => void }) {
  const { locale } = useSpeech();
  const words = supportWords(locale);
  const [account, setAccount] = useState("");
  const [flaw, setFlaw] = useState<string>();
  const [error, setError] = useState<string>();
  const [is, setIs] = useState<"filling" | "sending" | "sent">("filling");

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const rechargeAccount = account.trim();
    setFlaw(rechargeAccount ? undefined : words.accountMissing);
    if (!rechargeAccount) return;
    setError(undefined);
    setIs("sending");
    try {
      const given = { params: { id }, body: { rechargeAccount }, headers: bearer(token) };
      await withDeadline((signal) => api.correctAccount({ ...given, signal })).answer;
      setIs("sent");
      onDone();
    } catch (caught) {
      setError(whyNot(words, caught));
      setIs("filling");
    }
  };

  if (is === "sent") return <Notice tone="good">{words.corrected}</Notice>;
  return (
    <form className={styles.form} onSubmit={submit} noValidate>
      <TextField
        label={words.account}
        hint={words.accountWhy}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        maxLength={64}
        value={account}
        onChange={setAccount}
        flaw={flaw}
      />
      {error && <Notice tone="bad">{error}</Notice>}
      <Button type="submit" look="primary" wide busy={is === "sending"}>
        {words.correct}
      </Button>
    </form>
  );
}
