import { NativeSelect, Textarea, TextInput } from "@mantine/core";
import type { Matchers, RuleView } from "@orderwatch/shared/ops/detection.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { readMoment, typedMoment } from "../../../lib/local-time.ts";
import { FormDialog, textOf } from "../../../ui/form-dialog.tsx";
import { api } from "../../api.ts";
import { useWords } from "../../words.ts";
import { Refused } from "../session/refused.tsx";
import { labelLines, readLabels } from "./labels.ts";
import { useRuleTitle } from "./use-rule-title.ts";

const hourMs = 3_600_000;
const longestMs = 7 * 24 * hourMs;
const spansMinutes = [30, 60, 240, 1_440, 4_320, 10_080] as const;

/** The rule and labels that a form names; null where a line is no label. */
function readMatchers(form: FormData): Matchers | null {
  const labels = readLabels(textOf(form, "labels"));
  const rule = textOf(form, "rule");
  return labels === null ? null : { ...labels, ...(rule === "" ? {} : { rule }) };
}

function MatcherFields({
  rules,
  given,
  error,
}: {
  rules: readonly RuleView[];
  given: Matchers;
  error: string | undefined;
}) {
  const t = useWords();
  const titleOf = useRuleTitle();
  const { rule = "", ...labels } = given;
  const isKnown = rule === "" || rules.some(({ slug }) => slug === rule);
  return (
    <>
      <NativeSelect
        name="rule"
        label={t("silence.rule")}
        defaultValue={rule}
        data={[
          { value: "", label: t("silence.anyRule") },
          ...(isKnown ? [] : [{ value: rule, label: rule }]),
          ...rules.map((each) => ({ value: each.slug, label: titleOf(each) })),
        ]}
      />
      <Textarea
        name="labels"
        label={t("silence.labels")}
        description={t("silence.labelsHelp")}
        defaultValue={labelLines(labels)}
        rows={2}
        error={error}
      />
    </>
  );
}

/** Holds alerts back for a while. */
export function SilenceDialog({
  rules,
  matchers,
  onClose,
}: {
  rules: readonly RuleView[];
  matchers: Matchers;
  onClose: () => void;
}) {
  const t = useWords();
  const queries = useQueryClient();
  const [wrong, setWrong] = useState<{ labels?: string; reason?: string }>({});
  const create = useMutation({
    mutationFn: (body: Parameters<typeof api.createSilence>[0]["body"]) => api.createSilence({ body }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["detection"] });
      onClose();
    },
  });
  const submit = (form: FormData) => {
    const chosen = readMatchers(form);
    const reason = textOf(form, "reason");
    const labels =
      chosen === null
        ? t("silence.labelsWrong")
        : Object.keys(chosen).length === 0
          ? t("silence.nothing")
          : undefined;
    setWrong({ ...(labels ? { labels } : {}), ...(reason ? {} : { reason: t("silence.reasonMissing") }) });
    if (chosen === null || labels !== undefined || reason === "") return;
    const endsAt = new Date(Date.now() + Number(textOf(form, "minutes")) * 60_000 - 1_000).toISOString();
    create.mutate({ matchers: chosen, endsAt, reason });
  };
  return (
    <FormDialog
      title={t("silence.title")}
      effect={t("silence.effect")}
      action={t("silence.start")}
      cancel={t("app.cancel")}
      isBusy={create.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <MatcherFields rules={rules} given={matchers} error={wrong.labels} />
      <NativeSelect
        name="minutes"
        label={t("silence.for")}
        defaultValue="60"
        data={spansMinutes.map((minutes) => ({
          value: String(minutes),
          label:
            minutes < 60
              ? t("silence.minutes", { count: minutes })
              : minutes < 1_440
                ? t("silence.hours", { count: minutes / 60 })
                : t("days", { count: minutes / 1_440 }),
        }))}
      />
      <TextInput
        name="reason"
        label={t("silence.reason")}
        error={wrong.reason}
        maxLength={500}
        autoComplete="off"
        required
        withAsterisk={false}
      />
      <Refused error={create.error} />
    </FormDialog>
  );
}

/** Plans work during which nobody is paged. */
export function MaintenanceDialog({ rules, onClose }: { rules: readonly RuleView[]; onClose: () => void }) {
  const t = useWords();
  const queries = useQueryClient();
  const [wrong, setWrong] = useState<{ title?: string; labels?: string; span?: string }>({});
  const [from] = useState(() => new Date());
  const create = useMutation({
    mutationFn: (body: Parameters<typeof api.createMaintenanceWindow>[0]["body"]) =>
      api.createMaintenanceWindow({ body }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["detection"] });
      onClose();
    },
  });
  const submit = (form: FormData) => {
    const title = textOf(form, "title");
    const matchers = readMatchers(form);
    const startsAt = readMoment(textOf(form, "startsAt"));
    const endsAt = readMoment(textOf(form, "endsAt"));
    const lengthMs = startsAt && endsAt ? Date.parse(endsAt) - Date.parse(startsAt) : 0;
    const isSpan = lengthMs > 0 && lengthMs <= longestMs;
    setWrong({
      ...(title ? {} : { title: t("window.nameMissing") }),
      ...(matchers ? {} : { labels: t("silence.labelsWrong") }),
      ...(isSpan ? {} : { span: t("window.spanWrong") }),
    });
    if (title === "" || matchers === null || !isSpan || startsAt === null || endsAt === null) return;
    create.mutate({ title, matchers, startsAt, endsAt });
  };
  return (
    <FormDialog
      title={t("window.title")}
      effect={t("window.effect")}
      action={t("window.plan")}
      cancel={t("app.cancel")}
      isBusy={create.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        name="title"
        label={t("window.name")}
        error={wrong.title}
        maxLength={200}
        autoComplete="off"
        required
        withAsterisk={false}
        data-autofocus
      />
      <TextInput
        name="startsAt"
        type="datetime-local"
        label={t("window.starts")}
        defaultValue={typedMoment(new Date(from.getTime() + hourMs))}
      />
      <TextInput
        name="endsAt"
        type="datetime-local"
        label={t("window.ends")}
        defaultValue={typedMoment(new Date(from.getTime() + 2 * hourMs))}
        error={wrong.span}
      />
      <MatcherFields rules={rules} given={{}} error={wrong.labels} />
      <Refused error={create.error} />
    </FormDialog>
  );
}
