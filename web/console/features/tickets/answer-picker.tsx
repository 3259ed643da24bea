import { Button, NativeSelect, Textarea, TextInput } from "@mantine/core";
import type { AnswerInput } from "@orderwatch/shared/ops/answers.ts";
import type { Ticket } from "@orderwatch/shared/ops/tickets.ts";
import type { Language } from "@orderwatch/shared/words.ts";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { readMoment } from "../../../lib/local-time.ts";
import { newId } from "../../../lib/new-id.ts";
import { Dialog } from "../../../ui/dialog.tsx";
import { Empty, Notice } from "../../../ui/notice.tsx";
import { Segmented } from "../../../ui/segmented.tsx";
import { Status } from "../../../ui/status.tsx";
import { api } from "../../api.ts";
import { useFormats, useSaid, useWords } from "../../words.ts";
import { Refused } from "../session/refused.tsx";
import { type Answer, answerPreviewQuery, answersQuery } from "./queries.ts";
import classes from "./said.module.css";
import { useTicketDeed } from "./use-ticket.ts";
import { hasEnded } from "./views.ts";
import { WrittenSince } from "./written-since.tsx";

/** Ready answers: chosen, filled in from the order, read once more, sent. */
export function AnswerPicker({ ticket, onClose }: { ticket: Ticket; onClose: () => void }) {
  const t = useWords();
  const say = useSaid();
  const formats = useFormats();
  const answers = useQuery(answersQuery(ticket.id));
  const [chosen, setChosen] = useState<Answer | null>(null);
  const sendable = (answers.data?.items ?? []).filter(({ use }) => use !== "call");
  return (
    <Dialog
      title={chosen === null ? t("answers.title") : say(chosen.title)}
      close={t("app.close")}
      onClose={onClose}
    >
      {chosen !== null ? (
        <Filled ticket={ticket} answer={chosen} onBack={() => setChosen(null)} onSent={onClose} />
      ) : answers.data === undefined ? (
        <>
          <Refused error={answers.error} />
          {answers.isPending ? <Empty title={t("app.loading")} /> : null}
        </>
      ) : (
        <ul className={classes.answers}>
          {sendable.map((answer) => (
            <li key={answer.slug}>
              <button type="button" onClick={() => setChosen(answer)}>
                <strong>{say(answer.title)}</strong>
                {answer.fits ? <Status level="ok">{t("answers.fits")}</Status> : null}
                {answer.does === undefined ? null : (
                  <Status level="info">{t(`answers.does.${answer.does}`)}</Status>
                )}
                <span className={classes.uses}>
                  {answer.figures.uses === 0
                    ? t("answers.unused")
                    : t("answers.figures", {
                        uses: formats.count(answer.figures.uses),
                        success:
                          answer.figures.settled === 0
                            ? "–"
                            : formats.percent(answer.figures.succeeded / answer.figures.settled),
                      })}
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </Dialog>
  );
}

function Filled({
  ticket,
  answer,
  onBack,
  onSent,
}: {
  ticket: Ticket;
  answer: Answer;
  onBack: () => void;
  onSent: () => void;
}) {
  const t = useWords();
  const say = useSaid();
  const [inputs, setInputs] = useState<Record<string, string>>({});
  const [language, setLanguage] = useState(ticket.language);
  // It has its id before it is sent, so that sending it again after a lost answer says and does it once.
  const [messageId] = useState(newId);
  const [edited, setEdited] = useState<string | null>(null);
  const isEnded = hasEnded(ticket.state);
  const inputsOf = answer.inputs ?? [];
  const isTime = (name: string) => inputsOf.some((input) => input.name === name && input.kind === "time");
  const given = Object.fromEntries(
    Object.entries(inputs).flatMap(([name, typed]) => {
      const value = isTime(name) ? readMoment(typed) : typed.trim();
      return value === null || value === "" ? [] : [[name, value]];
    }),
  );
  const preview = useQuery(answerPreviewQuery(ticket.id, { answer: answer.slug, inputs: given, language }));
  const send = useTicketDeed(
    ticket.id,
    () =>
      api.sendAnswer({
        params: { id: ticket.id },
        body: {
          ...{
            answer: answer.slug,
            inputs: given,
            language,
            messageId,
            threadRevision: ticket.threadRevision,
          },
          ...(edited === null ? {} : { text: edited }),
          ...(isEnded ? { reopen: true } : {}),
        },
      }),
    onSent,
  );
  const shown = preview.data;
  const inLanguage = (value: Language) => {
    setLanguage(value);
    setEdited(null);
  };
  const missing = shown?.missing ?? [];
  const obstacle = shown?.deed?.obstacle ?? null;
  const nameOf = (name: string) => {
    const input = inputsOf.find((each) => `input.${each.name}` === name);
    return input === undefined ? name : say(input.label);
  };
  return (
    <div className={classes.filled}>
      <Segmented
        label={t("answers.language")}
        value={language}
        choices={(["zh-CN", "en"] as const).map((value) => ({ value, label: t(`answers.in.${value}`) }))}
        onChange={inLanguage}
      />
      {inputsOf.map((input) => (
        <Asked
          key={input.name}
          input={input}
          value={inputs[input.name] ?? ""}
          onChange={(value) => {
            setInputs((known) => ({ ...known, [input.name]: value }));
            setEdited(null);
          }}
        />
      ))}
      <Textarea
        label={t("answers.text")}
        lang={language}
        description={t("answers.textHelp")}
        value={edited ?? shown?.text ?? ""}
        autosize
        minRows={6}
        maxRows={16}
        maxLength={4_000}
        onChange={(event) => setEdited(event.currentTarget.value)}
      />
      {/* How much an amount still to be given would move, nobody can say yet. */}
      {shown?.deed == null || (missing.length > 0 && obstacle === null) ? null : (
        <Notice level={obstacle === null ? "info" : "bad"} title={t(`answers.does.${shown.deed.kind}`)}>
          {say(obstacle ?? shown.deed.consequence)}
        </Notice>
      )}
      {missing.length === 0 ? null : (
        <p className={classes.muted}>{t("answers.missing", { names: missing.map(nameOf).join(", ") })}</p>
      )}
      <p className={classes.muted}>
        {isEnded ? `${t("composer.reopens")} ` : ""}
        {t(`composer.then.${answer.thenState ?? "waiting_buyer"}`)}
      </p>
      <WrittenSince ticket={ticket} />
      <Refused error={preview.error ?? send.error} />
      <div className={classes.deeds}>
        <Button variant="default" onClick={onBack}>
          {t("answers.back")}
        </Button>
        <Button
          loading={send.isPending}
          disabled={shown === undefined || missing.length > 0 || obstacle !== null}
          onClick={() => send.mutate(undefined)}
        >
          {t(shown?.deed == null ? "composer.send" : "answers.sendAndDo")}
        </Button>
      </div>
    </div>
  );
}

function Asked({
  input,
  value,
  onChange,
}: {
  input: AnswerInput;
  value: string;
  onChange: (value: string) => void;
}) {
  const t = useWords();
  const say = useSaid();
  if (input.kind === "choice")
    return (
      <NativeSelect
        label={say(input.label)}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        data={[
          { value: "", label: t("answers.choose") },
          ...(input.options ?? []).map((option) => ({ value: option.value, label: say(option.label) })),
        ]}
      />
    );
  return (
    <TextInput
      label={say(input.label)}
      value={value}
      maxLength={500}
      autoComplete="off"
      {...(input.kind === "number" || input.kind === "yuan" ? { inputMode: "decimal" as const } : {})}
      {...(input.kind === "time" ? { type: "datetime-local" } : {})}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
