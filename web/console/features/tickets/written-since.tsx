import type { Ticket } from "@orderwatch/shared/ops/tickets.ts";
import { useState } from "react";
import { Notice } from "../../../ui/notice.tsx";
import { useWords } from "../../words.ts";
import { useTexts } from "../incidents/use-texts.ts";
import classes from "./said.module.css";

const ofBuyer = ({ thread }: Ticket) => thread.filter(({ author }) => author === "buyer");

/** What the buyer has written since a dialog hid the thread: whoever answers from within it has read that too. */
export function WrittenSince({ ticket }: { ticket: Ticket }) {
  const t = useWords();
  const texts = useTexts();
  const [known] = useState(() => new Set(ofBuyer(ticket).map(({ id }) => id)));
  const since = ofBuyer(ticket).filter(({ id }) => !known.has(id));
  if (since.length === 0) return null;
  return (
    <Notice level="warn" title={t("ticket.writtenSince")}>
      {since.map(({ id, text }) => (
        <p key={id} className={classes.since}>
          {texts(text)}
        </p>
      ))}
    </Notice>
  );
}
