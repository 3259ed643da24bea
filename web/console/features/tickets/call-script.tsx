import type { Ticket } from "@orderwatch/shared/ops/tickets.ts";
import { useQuery } from "@tanstack/react-query";
import { useSaid, useWords } from "../../words.ts";
import { useMe } from "../session/me.ts";
import { Refused } from "../session/refused.tsx";
import { answerPreviewQuery, answersQuery } from "./queries.ts";
import classes from "./tickets.module.css";

/** What to say on the phone about this ticket: the script that fits it best, filled in, in the buyer's language. */
export function CallScript({ ticket }: { ticket: Ticket }) {
  const t = useWords();
  const say = useSaid();
  const { name } = useMe();
  const answers = useQuery(answersQuery(ticket.id));
  const script = answers.data?.items.find(({ use, fits }) => use === "call" && fits);
  const body = { answer: script?.slug ?? "", inputs: { agent: name }, language: ticket.language };
  const preview = useQuery({ ...answerPreviewQuery(ticket.id, body), enabled: script !== undefined });
  if (answers.data === undefined) return <Refused error={answers.error} />;
  if (script === undefined) return <p className={classes.muted}>{t("calls.noScript")}</p>;
  if (preview.data === undefined) return <Refused error={preview.error} />;
  return (
    <details className={classes.script}>
      <summary>{say(script.title)}</summary>
      <p lang={preview.data.language}>{preview.data.text}</p>
    </details>
  );
}
