import { Button, Textarea, TextInput } from "@mantine/core";
import type { StepInput } from "@orderwatch/shared/ops/runbooks.ts";
import { type FormEvent, useState } from "react";
import { useWords } from "../../words.ts";
import classes from "./runbook.module.css";
import type { StepView } from "./runbook.ts";
import { useTexts } from "./use-texts.ts";

/** What a step is executed with. */
export interface Given {
  revert?: true;
  answer?: string;
  input?: StepInput;
}

/** What it will do, and the button that does it: one for each way in which it can be done. */
export function Act({
  step,
  choices,
  isBusy,
  onRun,
}: {
  step: Extract<StepView["step"], { does: "act" }>;
  choices: StepView["choices"];
  isBusy: boolean;
  onRun: (given: Given) => void;
}) {
  const t = useWords();
  const texts = useTexts();
  const [note, setNote] = useState("");
  const isCall = step.action === "call_third_party";
  const answer = note.trim();
  return (
    <>
      {isCall && choices.length > 0 ? (
        <TextInput
          size="xs"
          label={t("incident.step.callNote")}
          value={note}
          maxLength={2_000}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
      ) : null}
      {isCall && choices.length === 0 ? (
        <p className={classes.obstacle}>{t("incident.step.noParty")}</p>
      ) : null}
      {choices.map(({ input, label, consequence, obstacle, takenBack }) => (
        <div
          key={JSON.stringify(input)}
          className={classes.choice}
          data-obstacle={obstacle !== null || undefined}
        >
          <p>
            {obstacle !== null
              ? t("incident.step.obstacle", { reason: texts(obstacle) })
              : consequence === null
                ? ""
                : t("incident.step.will", { consequence: texts(consequence) })}
            {takenBack === null ? null : (
              <span className={classes.takenBack}>{t(`incident.step.takenBack.${takenBack}`)}</span>
            )}
          </p>
          <Button
            size="xs"
            loading={isBusy}
            disabled={obstacle !== null}
            onClick={() => onRun({ input, ...(answer === "" ? {} : { answer }) })}
          >
            {t(`incident.act.${step.action}`)}
            {label === null ? "" : ` · ${texts(label)}`}
          </Button>
        </div>
      ))}
    </>
  );
}

/** Takes the answer to a question: one of those given, or any text. */
export function Answer({
  step,
  isBusy,
  onAnswer,
}: {
  step: Extract<StepView["step"], { does: "ask" }>;
  isBusy: boolean;
  onAnswer: (answer: string) => void;
}) {
  const t = useWords();
  const texts = useTexts();
  const [text, setText] = useState("");
  if (step.answers !== undefined)
    return (
      <div className={classes.buttons}>
        {step.answers.map(({ value, label }) => (
          <Button key={value} size="xs" variant="default" loading={isBusy} onClick={() => onAnswer(value)}>
            {texts(label)}
          </Button>
        ))}
      </div>
    );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() !== "") onAnswer(text.trim());
  };
  return (
    <form className={classes.answer} onSubmit={submit}>
      <Textarea
        aria-label={texts(step.title)}
        placeholder={t("incident.step.answerHint")}
        value={text}
        maxLength={2_000}
        rows={1}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Button type="submit" size="xs" variant="default" loading={isBusy} disabled={text.trim() === ""}>
        {t("incident.step.answer")}
      </Button>
    </form>
  );
}

/** Whom to call, and what they owe us. */
export function Parties({ parties }: { parties: StepView["thirdParties"] }) {
  const t = useWords();
  return parties.map(({ id, name, contact, contract }) => (
    <dl key={id} className={classes.party}>
      <dt>{name}</dt>
      <dd>
        {contact.phone === undefined ? null : <a href={`tel:${contact.phone}`}>{contact.phone}</a>}
        {contact.email === undefined ? null : <a href={`mailto:${contact.email}`}>{contact.email}</a>}
        {[contact.person, contact.hours]
          .filter((each) => each !== undefined)
          .map((each) => (
            <span key={each}>{each}</span>
          ))}
        {contract.number === undefined ? null : (
          <span>{t("incident.step.contract", { number: contract.number })}</span>
        )}
        {contract.terms === undefined ? null : <span>{contract.terms}</span>}
      </dd>
    </dl>
  ));
}
