import { Button, NativeSelect, TextInput } from "@mantine/core";
import type { Condition, RuleSettings, RuleView } from "@orderwatch/shared/ops/detection.ts";
import type { FormEvent } from "react";
import { useState } from "react";
import { textOf } from "../../../ui/form-dialog.tsx";
import { useWords } from "../../words.ts";
import { endsBeforeItFires, type Figure, figuresOf, withFigure } from "./condition.ts";
import classes from "./detection.module.css";
import { useConditionWords } from "./use-condition-words.ts";
import { useRuleTitle } from "./use-rule-title.ts";

// The schemas' own list would bring the schema library into the bundle; a missing slug does not compile.
const runbooks = Object.keys({
  "system-down": true,
  "database-down": true,
  "payment-channel-failing": true,
  "supplier-failing": true,
  "order-rate-drop": true,
  "oversell-suspicion": true,
  attack: true,
  "page-broken": true,
  "queue-stuck": true,
  "data-loss": true,
} satisfies Record<RuleSettings["runbook"], true>) as RuleSettings["runbook"][];

/** A rule's settings as a form; what is typed is seen in words at once. */
export function RuleForm({
  rules,
  settings,
  mayWrite,
  isChanged,
  isSaving,
  isTrying,
  onChange,
  onTry,
  onSave,
}: {
  rules: readonly RuleView[];
  settings: RuleSettings;
  mayWrite: boolean;
  isChanged: boolean;
  isSaving: boolean;
  isTrying: boolean;
  onChange: (settings: RuleSettings) => void;
  onTry: () => void;
  onSave: (reason: string) => void;
}) {
  const t = useWords();
  const titleOf = useRuleTitle();
  const [isMissing, setMissing] = useState(false);
  const isSound =
    [settings.forS, settings.clearForS].every(Number.isFinite) &&
    settings.conditions.every(
      (condition) =>
        figuresOf(condition).every(({ shown }) => Number.isFinite(shown)) && !endsBeforeItFires(condition),
    );
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const reason = textOf(new FormData(event.currentTarget), "reason");
    setMissing(reason === "");
    if (reason !== "" && isSound) onSave(reason);
  };
  const setCondition = (at: number, condition: Condition) =>
    onChange({
      ...settings,
      conditions: settings.conditions.map((each, i) => (i === at ? condition : each)),
    });
  const inhibitors = settings.inhibitedBy.map((slug) => {
    const rule = rules.find((each) => each.slug === slug);
    return rule === undefined ? slug : titleOf(rule);
  });
  return (
    <form onSubmit={submit} className={classes.form} noValidate>
      <fieldset className={classes.plain} disabled={!mayWrite}>
        <label className={classes.switch}>
          <input
            type="checkbox"
            checked={settings.enabled}
            onChange={({ currentTarget: { checked } }) => onChange({ ...settings, enabled: checked })}
          />
          {t("rule.enabled")}
        </label>
        <div className={classes.figures}>
          <NativeSelect
            size="xs"
            label={t("rule.level")}
            value={String(settings.level)}
            data={([1, 2, 3] as const).map((level) => ({
              value: String(level),
              label: t(`rule.level.${level}`),
            }))}
            onChange={({ currentTarget: { value } }) =>
              onChange({ ...settings, level: value === "1" ? 1 : value === "2" ? 2 : 3 })
            }
          />
          <NativeSelect
            size="xs"
            label={t("rule.runbook")}
            value={settings.runbook}
            data={runbooks}
            onChange={({ currentTarget: { value } }) => {
              const runbook = runbooks.find((each) => each === value);
              if (runbook) onChange({ ...settings, runbook });
            }}
          />
          <NumberField
            label={t("rule.for")}
            value={settings.forS}
            onChange={(forS) => onChange({ ...settings, forS })}
          />
          <NumberField
            label={t("rule.clearFor")}
            value={settings.clearForS}
            onChange={(clearForS) => onChange({ ...settings, clearForS })}
          />
        </div>
        {settings.conditions.map((condition, at) => (
          <ConditionFields
            // biome-ignore lint/suspicious/noArrayIndexKey: a condition has no name but its place.
            key={at}
            number={at + 1}
            isAlone={settings.conditions.length === 1}
            condition={condition}
            onChange={(changed) => setCondition(at, changed)}
          />
        ))}
        <p className={classes.facts}>
          {settings.groupBy.length === 0
            ? t("rule.groupByNone")
            : t("rule.groupBy", { labels: settings.groupBy.join(", ") })}
          {" · "}
          {inhibitors.length === 0
            ? t("rule.inhibitedNone")
            : `${t("rule.inhibitedBy")}: ${inhibitors.join(", ")}`}
        </p>
        {mayWrite && isChanged ? (
          <TextInput
            name="reason"
            label={t("rule.reason")}
            description={t("rule.reasonHelp")}
            error={isMissing ? t("rule.reasonMissing") : undefined}
            maxLength={500}
            autoComplete="off"
            required
            withAsterisk={false}
          />
        ) : null}
      </fieldset>
      <div className={classes.formActions}>
        <Button variant="default" disabled={!isSound} loading={isTrying} onClick={onTry}>
          {t("rule.preview")}
        </Button>
        {mayWrite ? (
          <Button type="submit" disabled={!isChanged || !isSound} loading={isSaving}>
            {t("rule.save")}
          </Button>
        ) : null}
        <span role="status">{mayWrite ? (isChanged ? "" : t("rule.unchanged")) : t("rule.readOnly")}</span>
      </div>
    </form>
  );
}

function ConditionFields({
  number,
  isAlone,
  condition,
  onChange,
}: {
  number: number;
  isAlone: boolean;
  condition: Condition;
  onChange: (condition: Condition) => void;
}) {
  const t = useWords();
  const conditionWords = useConditionWords();
  const isWrong = endsBeforeItFires(condition);
  const label = (figure: Figure) => t(`rule.unit.${figure.unit}`, { field: t(`rule.field.${figure.name}`) });
  return (
    <fieldset className={classes.group}>
      <legend>{isAlone ? t("detection.condition") : t("rule.condition", { number })}</legend>
      <p>{conditionWords(condition)}</p>
      <div className={classes.figures}>
        {figuresOf(condition).map((figure) => (
          <NumberField
            key={`${figure.name} ${figure.window ?? ""}`}
            label={label(figure)}
            value={figure.shown}
            error={isWrong && figure.name === "clearAt" ? t("rule.clearWrong") : undefined}
            onChange={(typed) => onChange(withFigure(condition, figure, typed))}
          />
        ))}
      </div>
    </fieldset>
  );
}

/** A number as typed; what is no number is NaN, and said so. */
function NumberField({
  label,
  value,
  error,
  onChange,
}: {
  label: string;
  value: number;
  error?: string | undefined;
  onChange: (value: number) => void;
}) {
  const t = useWords();
  const [typed, setTyped] = useState(String(value));
  const isOther = Number.isFinite(value) && Number(typed) !== value;
  return (
    <TextInput
      size="xs"
      inputMode="decimal"
      label={label}
      value={isOther ? String(value) : typed}
      error={Number.isFinite(value) ? error : t("rule.numberWrong")}
      onChange={({ currentTarget: { value: text } }) => {
        setTyped(text);
        onChange(text.trim() === "" ? Number.NaN : Number(text));
      }}
    />
  );
}
