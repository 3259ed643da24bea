import type { Ticket } from "@orderwatch/shared/ops/tickets.ts";
import { IconLock } from "@tabler/icons-react";
import { Empty } from "../../../ui/notice.tsx";
import { useFormats, useWords } from "../../words.ts";
import { useTexts } from "../incidents/use-texts.ts";
import classes from "./said.module.css";
import { saidOf } from "./said.ts";

/** What was said, oldest first. Notes stay among staff, and look like it. */
export function Thread({ ticket }: { ticket: Ticket }) {
  const t = useWords();
  const texts = useTexts();
  const formats = useFormats();
  const said = saidOf(ticket);
  const now = new Date();
  if (said.length === 0)
    return (
      <Empty title={t("ticket.thread.none")}>
        {ticket.orderId === null ? null : t("ticket.thread.noneText")}
      </Empty>
    );
  return (
    <ol className={classes.thread} aria-label={t("ticket.thread")}>
      {said.map((each) =>
        each.kind === "note" ? (
          <li key={each.id} className={classes.note}>
            <div className={classes.noteBy}>
              <IconLock size={13} aria-hidden="true" />
              <strong>{t("ticket.note.by", { name: each.note.by.name })}</strong>
              <time dateTime={each.at}>{formats.recent(each.at, now)}</time>
            </div>
            <p>{each.note.text}</p>
          </li>
        ) : (
          <li key={each.id} className={classes.message} data-author={each.message.author}>
            <div className={classes.by}>
              <strong>{t(`ticket.author.${each.message.author}`)}</strong>
              {each.message.kind === "message" ? null : <span>{t(`ticket.kind.${each.message.kind}`)}</span>}
              <time dateTime={each.at}>{formats.recent(each.at, now)}</time>
            </div>
            <p>{texts(each.message.text)}</p>
          </li>
        ),
      )}
    </ol>
  );
}
