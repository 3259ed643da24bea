import { ProblemError } from "@orderwatch/shared/client.ts";
import { deviceHeader } from "@orderwatch/shared/shop/device-header.ts";
import { type FormEvent, useState } from "react";
import { api } from "../api.ts";
import { ContactFields } from "../checkout/contact-fields.tsx";
import { type Contact, contactFlaws, contactOf, type Flaws, flawsIn } from "../checkout/draft.ts";
import { readDetails } from "../device/details.ts";
import { device } from "../device/device.ts";
import { keptIdentity } from "../device/identity.ts";
import { useSpeech } from "../language/language.tsx";
import { Button } from "../ui/button.tsx";
import { withDeadline } from "../ui/deadline.ts";
import { Notice } from "../ui/notice.tsx";
import styles from "./remedies.module.css";

type State = { is: "filling" | "sending" | "sent" } | { is: "failed"; error: unknown };

/** Asks to be told when a product is back; starts from a `known` contact, or from what the device remembers. */
export function RestockForm({ sku, known }: { sku: string; known?: Contact | undefined }) {
  const { words, locale, explain } = useSpeech();
  const [contact, setContact] = useState<Contact>(() => {
    const { phone, email } = known ?? readDetails(device);
    return { phone, email };
  });
  const [flaws, setFlaws] = useState<Flaws>({});
  const [state, setState] = useState<State>({ is: "filling" });

  const send = async (event: FormEvent) => {
    event.preventDefault();
    const found = contactFlaws(contact);
    setFlaws(found);
    if (Object.keys(found).length > 0) return;
    setState({ is: "sending" });
    try {
      const body = { sku, contact: contactOf(contact), language: locale };
      const identity = keptIdentity(device);
      const headers = identity === undefined ? {} : { [deviceHeader]: identity };
      await withDeadline((signal) => api.askRestockNotice({ body, headers, signal })).answer;
      setState({ is: "sent" });
    } catch (error) {
      if (error instanceof ProblemError) setFlaws(flawsIn(error.problem));
      setState({ is: "failed", error });
    }
  };

  if (state.is === "sent") return <Notice tone="good">{words.restock.sent}</Notice>;
  return (
    <form className={styles.form} onSubmit={send} noValidate>
      <ContactFields
        contact={contact}
        flaws={flaws}
        hint={words.restock.why}
        onChange={(change) => setContact({ ...contact, ...change })}
      />
      {state.is === "failed" && (
        <Notice tone="bad">
          {state.error instanceof ProblemError ? explain(state.error.problem) : words.problem.lost}
        </Notice>
      )}
      <Button type="submit" look="primary" wide busy={state.is === "sending"}>
        {words.restock.send}
      </Button>
    </form>
  );
}
