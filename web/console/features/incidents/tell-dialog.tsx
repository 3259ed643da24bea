import { NativeSelect, Textarea, TextInput } from "@mantine/core";
import type { IncidentDetail, IncidentState } from "@orderwatch/shared/ops/incidents.ts";
import type { ProposeUpdate } from "@orderwatch/shared/ops/public-updates.ts";
import type { ComponentName, PublicPhase } from "@orderwatch/shared/shop/status.ts";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { refusalOf } from "../../../lib/api.ts";
import { FormDialog, textOf } from "../../../ui/form-dialog.tsx";
import { Empty, Notice } from "../../../ui/notice.tsx";
import { Segmented } from "../../../ui/segmented.tsx";
import { api } from "../../api.ts";
import { useCodeWords, useWords } from "../../words.ts";
import { incidentQuery, updateTemplateQuery } from "./queries.ts";
import classes from "./told.module.css";

// Written out, since the contract's own lists would bring its schemas into the browser.
const phases = [
  "investigating",
  "identified",
  "monitoring",
  "resolved",
] as const satisfies readonly PublicPhase[];
const components = [
  "ordering",
  "wechat",
  "alipay",
  "delivery",
  "stock",
] as const satisfies readonly ComponentName[];
const impacts = ["none", "degraded", "down"] as const;
const languages = ["zh-CN", "en"] as const;

const phaseOf: Partial<Record<IncidentState, PublicPhase>> = {
  mitigating: "identified",
  monitoring: "monitoring",
  resolved: "resolved",
  reviewed: "resolved",
};

/** Words for the public in both languages, begun by the template of how far the incident is. */
export function TellDialog({ incident, onClose }: { incident: IncidentDetail; onClose: () => void }) {
  const t = useWords();
  const { problem } = useCodeWords();
  const queries = useQueryClient();
  const [phase, setPhase] = useState<PublicPhase>(phaseOf[incident.state] ?? "investigating");
  const [isTried, setTried] = useState(false);
  const template = useQuery(updateTemplateQuery(incident, phase));
  const propose = useMutation({
    mutationFn: (body: ProposeUpdate) => api.proposeUpdate({ params: { id: incident.id }, body }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: incidentQuery(incident.id).queryKey });
      onClose();
    },
  });
  const [missing, setMissing] = useState<readonly string[]>([]);
  const submit = (form: FormData) => {
    setTried(true);
    const both = (name: string) => ({
      "zh-CN": textOf(form, `${name} zh-CN`),
      en: textOf(form, `${name} en`),
    });
    const [title, text] = [both("head"), both("text")];
    const empty = languages.flatMap((language) => [
      ...(title[language] === "" ? [`head ${language}`] : []),
      ...(text[language] === "" ? [`text ${language}`] : []),
    ]);
    setMissing(empty);
    if (empty.length > 0) return;
    const impact: ProposeUpdate["impact"] = {};
    for (const name of components) {
      const chosen = textOf(form, `impact ${name}`);
      if (chosen === "degraded" || chosen === "down") impact[name] = chosen;
    }
    propose.mutate({ phase, title, text, impact });
  };
  const errorOf = (name: string) => (isTried && missing.includes(name) ? t("told.missing") : undefined);
  const isLevel1 = incident.level === 1;
  return (
    <FormDialog
      title={`${t("told.write")} · #${incident.number}`}
      effect={t(isLevel1 ? "told.effectLevel1" : "told.effect")}
      action={t(isLevel1 ? "told.propose" : "told.publish")}
      cancel={t("app.cancel")}
      isBusy={propose.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <Segmented
        label={t("told.phase")}
        value={phase}
        choices={phases.map((value) => ({ value, label: t(`told.phase.${value}`) }))}
        onChange={setPhase}
      />
      {template.data === undefined ? (
        template.isError ? (
          <Notice level="bad" title={problem(refusalOf(template.error).code)} />
        ) : (
          <Empty title={t("app.loading")} />
        )
      ) : (
        // Another phase begins with its own words.
        <div key={phase} className={classes.fields}>
          {languages.map((language) => (
            <div key={language} className={classes.language}>
              <TextInput
                name={`head ${language}`}
                label={t(`told.head.${language}`)}
                defaultValue={template.data.title[language]}
                error={errorOf(`head ${language}`)}
                maxLength={120}
                lang={language}
              />
              <Textarea
                name={`text ${language}`}
                label={t(`told.text.${language}`)}
                defaultValue={template.data.text[language]}
                error={errorOf(`text ${language}`)}
                maxLength={1_000}
                lang={language}
                rows={3}
              />
            </div>
          ))}
          <fieldset className={classes.impacts}>
            <legend>{t("told.impact")}</legend>
            {components.map((name) => (
              <NativeSelect
                key={name}
                size="xs"
                name={`impact ${name}`}
                label={t(`told.impact.${name}`)}
                defaultValue={(phase === "resolved" ? undefined : template.data.impact[name]) ?? "none"}
                data={impacts.map((value) => ({ value, label: t(`told.impact.${value}`) }))}
              />
            ))}
          </fieldset>
        </div>
      )}
      {propose.isError ? <Notice level="bad" title={problem(refusalOf(propose.error).code)} /> : null}
    </FormDialog>
  );
}
