import { Button, NativeSelect, TextInput } from "@mantine/core";
import type { Policy, Target } from "@orderwatch/shared/ops/oncall.ts";
import { sayName } from "@orderwatch/shared/ops/oncall-names.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { FormDialog, textOf } from "../../../ui/form-dialog.tsx";
import { api } from "../../api.ts";
import { useSaid, useWords } from "../../words.ts";
import { useSpanWords } from "../detection/use-condition-words.ts";
import { Refused } from "../session/refused.tsx";
import classes from "./oncall.module.css";
import type { Rota } from "./rota.ts";

type PolicyStep = Policy["steps"][number];
const waits = [30, 60, 120, 300, 600, 900, 1_800, 3_600] as const;
const lapses = [300, 900, 1_800, 3_600, 7_200] as const;
const mostRepeats = 20;

const keyOf = (to: Target) => (to.kind === "rota" ? `rota ${to.rotaId}` : `person ${to.userId}`);
/** The usual ones, and the one that was set otherwise. */
const withCurrent = (usual: readonly number[], current: number | null) =>
  [...new Set(current === null ? usual : [...usual, current])].sort((a, b) => a - b);

/** Whom each step of a policy pages, how long they have, and what follows when nobody acknowledges. */
export function PolicyDialog({
  policy,
  rotas,
  people,
  onClose,
}: {
  policy: Policy;
  rotas: readonly Rota[];
  people: readonly { id: string; name: string }[];
  onClose: () => void;
}) {
  const t = useWords();
  const say = useSaid();
  const span = useSpanWords();
  const queries = useQueryClient();
  const [steps, setSteps] = useState(() => policy.steps.map((step, key) => ({ ...step, key })));
  const [isWrong, setWrong] = useState(false);
  const [isNameless, setNameless] = useState(false);
  const change = useMutation({
    mutationFn: (body: Parameters<typeof api.changePolicy>[0]["body"]) =>
      api.changePolicy({ params: { id: policy.id }, body }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["oncall"] });
      onClose();
    },
  });
  const targets: { to: Target; name: string }[] = [
    ...rotas.map(({ id, name }) => ({
      to: { kind: "rota" as const, rotaId: id },
      name: t("policy.rota", { rota: say(sayName(name)) }),
    })),
    ...people.map(({ id, name }) => ({ to: { kind: "person" as const, userId: id }, name })),
  ];
  const edit = (key: number, changed: Partial<PolicyStep>) =>
    setSteps((all) => all.map((step) => (step.key === key ? { ...step, ...changed } : step)));
  const choose = (step: PolicyStep & { key: number }, to: Target, isChosen: boolean) => {
    const others = step.targets.filter((each) => keyOf(each) !== keyOf(to));
    edit(step.key, { targets: isChosen ? [...others, to] : others });
  };
  const submit = (form: FormData) => {
    const name = textOf(form, "name");
    setNameless(name === "");
    const isComplete = name !== "" && steps.every((step) => step.targets.length > 0);
    setWrong(!isComplete);
    if (!isComplete) return;
    const lapse = textOf(form, "lapse");
    change.mutate({
      name: name === say(sayName(policy.name)) ? policy.name : name,
      steps: steps.map(({ key: _, ...step }) => step),
      repeats: Number(textOf(form, "repeats")),
      autoUnackSeconds: lapse === "" ? null : Number(lapse),
      version: policy.version,
    });
  };
  const secondsOf = (all: readonly number[]) =>
    all.map((seconds) => ({ value: String(seconds), label: span(seconds) }));
  return (
    <FormDialog
      title={t("policy.edit", { name: say(sayName(policy.name)) })}
      effect={t("policy.editEffect")}
      action={t("rota.save")}
      cancel={t("app.cancel")}
      isBusy={change.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        name="name"
        label={t("policy.name")}
        defaultValue={say(sayName(policy.name))}
        error={isNameless ? t("rota.nameMissing") : null}
        maxLength={80}
        autoComplete="off"
      />
      {steps.map((step, at) => (
        <fieldset key={step.key} className={classes.layer}>
          <legend>{t("policy.stepNumber", { number: at + 1 })}</legend>
          {targets.map(({ to, name }) => (
            <label key={keyOf(to)}>
              <input
                type="checkbox"
                checked={step.targets.some((each) => keyOf(each) === keyOf(to))}
                onChange={(event) => choose(step, to, event.currentTarget.checked)}
              />
              {name}
            </label>
          ))}
          {isWrong && step.targets.length === 0 ? (
            <p role="alert" className={classes.wrong}>
              {t("policy.nobody")}
            </p>
          ) : null}
          <div className={classes.pair}>
            <NativeSelect
              label={t("policy.wait")}
              value={String(step.ackTimeoutSeconds)}
              onChange={(event) => edit(step.key, { ackTimeoutSeconds: Number(event.currentTarget.value) })}
              data={secondsOf(withCurrent(waits, step.ackTimeoutSeconds))}
            />
            {steps.length === 1 ? null : (
              <Button
                variant="default"
                onClick={() => setSteps((all) => all.filter(({ key }) => key !== step.key))}
              >
                {t("policy.removeStep")}
              </Button>
            )}
          </div>
        </fieldset>
      ))}
      {steps.length < 20 ? (
        <Button
          variant="default"
          onClick={() =>
            setSteps((all) => [
              ...all,
              { targets: [], ackTimeoutSeconds: 300, key: Math.max(...all.map(({ key }) => key)) + 1 },
            ])
          }
        >
          {t("policy.addStep")}
        </Button>
      ) : null}
      <NativeSelect
        name="repeats"
        label={t("policy.repeatsLabel")}
        defaultValue={String(policy.repeats)}
        data={Array.from({ length: mostRepeats + 1 }, (_, n) => ({
          value: String(n),
          label: n === 0 ? t("policy.never") : t("policy.times", { count: n }),
        }))}
      />
      <NativeSelect
        name="lapse"
        label={t("policy.lapseLabel")}
        defaultValue={policy.autoUnackSeconds === null ? "" : String(policy.autoUnackSeconds)}
        data={[
          { value: "", label: t("policy.never") },
          ...secondsOf(withCurrent(lapses, policy.autoUnackSeconds)),
        ]}
      />
      <Refused error={change.error} />
    </FormDialog>
  );
}
