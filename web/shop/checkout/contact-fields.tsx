import { useSpeech } from "../language/language.tsx";
import { TextField } from "../ui/text-field.tsx";
import styles from "./checkout.module.css";
import type { Contact, Flaws } from "./draft.ts";

interface ContactFieldsProps {
  contact: Contact;
  flaws: Flaws;
  hint: string;
  onChange: (change: Partial<Contact>) => void;
}

/** Phone and e-mail, of which one is enough. */
export function ContactFields({ contact, flaws, hint, onChange }: ContactFieldsProps) {
  const { words } = useSpeech();
  const { field, missing, malformed } = words.checkout;
  const flaw = (name: "phone" | "email") => {
    const kind = flaws[name];
    return kind && (kind === "missing" ? missing : malformed)[name];
  };
  return (
    <fieldset className={styles.group}>
      <legend className={styles.legend}>{words.checkout.reach}</legend>
      <p className={styles.hint}>{hint}</p>
      <TextField
        label={field.phone}
        type="tel"
        autoComplete="tel"
        inputMode="tel"
        maxLength={20}
        value={contact.phone}
        onChange={(phone) => onChange({ phone })}
        flaw={flaw("phone")}
      />
      <TextField
        label={field.email}
        type="email"
        autoComplete="email"
        inputMode="email"
        maxLength={254}
        value={contact.email}
        onChange={(email) => onChange({ email })}
        flaw={flaw("email")}
      />
    </fieldset>
  );
}
