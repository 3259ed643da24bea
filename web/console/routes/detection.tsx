import { Button } from "@mantine/core";
import type { Matchers } from "@orderwatch/shared/ops/detection.ts";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useRef, useState } from "react";
import { Empty } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import table from "../../ui/table.module.css";
import { useRowKeys } from "../../ui/use-row-keys.ts";
import { Alerts } from "../features/detection/alerts.tsx";
import classes from "../features/detection/detection.module.css";
import { Silences, Windows } from "../features/detection/holds.tsx";
import { firingQuery, rulesQuery, silencesQuery, windowsQuery } from "../features/detection/queries.ts";
import { RuleTable } from "../features/detection/rule-table.tsx";
import { useMay } from "../features/session/me.ts";
import { Refused } from "../features/session/refused.tsx";
import { useShortcuts } from "../features/shell/shortcuts.ts";
import { useWords } from "../words.ts";
import list from "./list.module.css";

const SilenceDialog = lazy(() =>
  import("../features/detection/hold-dialogs.tsx").then(({ SilenceDialog }) => ({ default: SilenceDialog })),
);
const MaintenanceDialog = lazy(() =>
  import("../features/detection/hold-dialogs.tsx").then(({ MaintenanceDialog }) => ({
    default: MaintenanceDialog,
  })),
);

/** What is watched for, what fires, and what is held back. */
export function Detection() {
  const t = useWords();
  const maySilence = useMay()("detection.silence");
  const rules = useQuery(rulesQuery);
  const firing = useQuery(firingQuery);
  const silences = useQuery(silencesQuery);
  const windows = useQuery(windowsQuery);
  const known = rules.data?.items ?? [];
  const [dialog, setDialog] = useState<Matchers | "maintenance" | null>(null);
  const rows = useRef<HTMLDivElement>(null);
  const move = useRowKeys(rows);
  useShortcuts({ j: () => move(1), k: () => move(-1) });
  const close = () => setDialog(null);
  return (
    <div className={list.screen}>
      <title>{`${t("detection.title")} · Orderwatch`}</title>
      <h1 className={list.title}>{t("detection.title")}</h1>
      <p className={list.intro}>{t("detection.intro")}</p>
      <Refused error={rules.error ?? firing.error} />
      <Panel title={t("detection.firing")} flush>
        {firing.data === undefined ? (
          <Empty title={t("app.loading")} />
        ) : firing.data.items.length === 0 ? (
          <Empty title={t("detection.noneFiring")}>
            {t("detection.noneFiringText", { count: known.filter(({ enabled }) => enabled).length })}
          </Empty>
        ) : (
          <Alerts
            alerts={firing.data.items}
            {...(maySilence
              ? { onSilence: (alert) => setDialog({ rule: alert.rule, ...alert.labels }) }
              : {})}
          />
        )}
      </Panel>
      <div className={classes.columns}>
        <Panel
          title={t("detection.silences")}
          flush
          aside={
            maySilence ? (
              <Button size="xs" variant="default" onClick={() => setDialog({})}>
                {t("detection.newSilence")}
              </Button>
            ) : undefined
          }
        >
          <Silences silences={silences.data?.items ?? []} rules={known} maySilence={maySilence} />
        </Panel>
        <Panel
          title={t("detection.windows")}
          flush
          aside={
            maySilence ? (
              <Button size="xs" variant="default" onClick={() => setDialog("maintenance")}>
                {t("detection.newWindow")}
              </Button>
            ) : undefined
          }
        >
          <Windows windows={windows.data?.items ?? []} rules={known} maySilence={maySilence} />
        </Panel>
      </div>
      <Panel title={t("detection.rules")} flush>
        <div ref={rows} className={table.scroll}>
          {rules.data === undefined ? <Empty title={t("app.loading")} /> : <RuleTable rules={known} />}
        </div>
      </Panel>
      <Suspense fallback={null}>
        {dialog === "maintenance" ? (
          <MaintenanceDialog rules={known} onClose={close} />
        ) : dialog === null ? null : (
          <SilenceDialog rules={known} matchers={dialog} onClose={close} />
        )}
      </Suspense>
    </div>
  );
}
