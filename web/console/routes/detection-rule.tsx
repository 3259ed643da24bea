import { Button } from "@mantine/core";
import type { RuleSettings, RuleView } from "@orderwatch/shared/ops/detection.ts";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { Empty, Notice } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { api } from "../api.ts";
import { Alerts } from "../features/detection/alerts.tsx";
import classes from "../features/detection/detection.module.css";
import { AlertLevelMark } from "../features/detection/level.tsx";
import { Preview } from "../features/detection/preview.tsx";
import { ruleAlertsQuery, rulesQuery, ruleVersionsQuery } from "../features/detection/queries.ts";
import { RuleForm } from "../features/detection/rule-form.tsx";
import { RuleState } from "../features/detection/rule-table.tsx";
import { useRuleTitle } from "../features/detection/use-rule-title.ts";
import { useMay } from "../features/session/me.ts";
import { Refused } from "../features/session/refused.tsx";
import { useFormats, useWords } from "../words.ts";
import list from "./list.module.css";

const route = getRouteApi("/shell/detection/$slug");

/** One rule: its settings, what they would have done, who changed them, when it fired. */
export function DetectionRule() {
  const t = useWords();
  const titleOf = useRuleTitle();
  const { slug } = route.useParams();
  const rules = useQuery(rulesQuery);
  const rule = rules.data?.items.find((each) => each.slug === slug);
  const title = rule === undefined ? t("detection.rule") : titleOf(rule);
  return (
    <div className={list.screen}>
      <title>{`${title} · Orderwatch`}</title>
      <Link to="/detection" className={list.back}>
        ‹ {t("rule.back")}
      </Link>
      <div className={list.head}>
        <h1 className={list.title}>{title}</h1>
        {rule === undefined ? null : <AlertLevelMark level={rule.level} />}
        {rule === undefined ? null : <RuleState rule={rule} />}
      </div>
      <Refused error={rules.error} />
      {rule !== undefined ? (
        <Body key={`${rule.slug} ${rule.version}`} rule={rule} rules={rules.data?.items ?? []} />
      ) : rules.isPending ? (
        <Empty title={t("app.loading")} />
      ) : rules.data === undefined ? null : (
        <Notice level="bad" title={t("app.notFound")} />
      )}
    </div>
  );
}

/** What staff can change of a rule, out of all that is known of it. */
const settingsOf = (rule: RuleSettings): RuleSettings => ({
  enabled: rule.enabled,
  level: rule.level,
  conditions: rule.conditions,
  forS: rule.forS,
  clearForS: rule.clearForS,
  groupBy: rule.groupBy,
  inhibitedBy: rule.inhibitedBy,
  runbook: rule.runbook,
});

function Body({ rule, rules }: { rule: RuleView; rules: readonly RuleView[] }) {
  const t = useWords();
  const mayWrite = useMay()("detection.write");
  const queries = useQueryClient();
  const params = { slug: rule.slug };
  const [saved] = useState(() => settingsOf(rule));
  const [settings, setSettings] = useState(saved);
  const tried = useMutation({
    mutationFn: async (given: RuleSettings) => ({
      given,
      preview: await api.previewRule({ params, body: { settings: given } }),
    }),
  });
  const save = useMutation({
    mutationFn: (reason: string) =>
      api.editRule({ params, body: { settings, baseVersion: rule.version, reason } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["detection"] }),
  });
  const alerts = useQuery(ruleAlertsQuery(rule.slug));
  const isShipped = JSON.stringify(settings) === JSON.stringify(settingsOf(rule.shipped));
  return (
    <div className={classes.columns}>
      <Panel
        title={t("rule.settings")}
        aside={
          mayWrite && !isShipped ? (
            <Button size="xs" variant="subtle" onClick={() => setSettings(settingsOf(rule.shipped))}>
              {t("rule.reset")}
            </Button>
          ) : undefined
        }
      >
        <RuleForm
          rules={rules}
          settings={settings}
          mayWrite={mayWrite}
          isChanged={JSON.stringify(settings) !== JSON.stringify(saved)}
          isSaving={save.isPending}
          isTrying={tried.isPending}
          onChange={setSettings}
          onTry={() => tried.mutate(settings)}
          onSave={(reason) => save.mutate(reason)}
        />
        <Refused error={save.error ?? tried.error} />
        {tried.data === undefined ? null : (
          <Preview preview={tried.data.preview} settings={tried.data.given} />
        )}
      </Panel>
      <div className={list.screen}>
        <Panel title={t("detection.lately")} flush>
          {alerts.data === undefined ? (
            <Empty title={t("app.loading")} />
          ) : alerts.data.items.length === 0 ? (
            <Empty title={t("detection.noneLately")}>{t("detection.noneLatelyText")}</Empty>
          ) : (
            <Alerts alerts={alerts.data.items} />
          )}
        </Panel>
        <Versions rule={rule} mayWrite={mayWrite} onTake={(taken) => setSettings(settingsOf(taken))} />
      </div>
    </div>
  );
}

function Versions({
  rule,
  mayWrite,
  onTake,
}: {
  rule: RuleView;
  mayWrite: boolean;
  onTake: (settings: RuleSettings) => void;
}) {
  const t = useWords();
  const formats = useFormats();
  const versions = useQuery(ruleVersionsQuery(rule.slug));
  const items = versions.data?.items ?? [];
  return (
    <Panel title={t("versions.title")} flush>
      {versions.data === undefined ? (
        <Empty title={t("app.loading")} />
      ) : items.length === 0 ? (
        <Empty title={t("versions.none")}>{t("versions.noneText")}</Empty>
      ) : (
        <ul className={classes.list}>
          {items.map(({ version, settings, at, by, reason }) => (
            <li key={version} className={classes.item}>
              <div className={classes.versionHead}>
                <strong>{t("versions.version", { number: version })}</strong>
                {mayWrite && version !== rule.version ? (
                  <Button size="xs" variant="subtle" onClick={() => onTake(settings)}>
                    {t("versions.take", { number: version })}
                  </Button>
                ) : null}
              </div>
              <p className={classes.facts}>
                {formats.recent(at, new Date())} · {t("detection.by", { name: by, reason })}
              </p>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
