import { NativeSelect } from "@mantine/core";
import type { IncidentDetail } from "@orderwatch/shared/ops/incidents.ts";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { refusalOf } from "../../../lib/api.ts";
import { Empty, Notice } from "../../../ui/notice.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { useCodeWords, useWords } from "../../words.ts";
import { useMay } from "../session/me.ts";
import { hasEnded, runbookQuery, runbooksQuery } from "./queries.ts";
import classes from "./runbook.module.css";
import { currentStep } from "./runbook.ts";
import { Step } from "./runbook-step.tsx";
import { useTexts } from "./use-texts.ts";

/** What to do, step by step; each says what it will do before it does it, and what the figures said after. */
export function Runbook({ incident }: { incident: IncidentDetail }) {
  const t = useWords();
  const texts = useTexts();
  const { problem } = useCodeWords();
  const mayRun = useMay()("runbooks.run") && !hasEnded(incident);
  const [chosen, setChosen] = useState<string | null>(null);
  const slug = chosen ?? incident.runbook;
  const all = useQuery(runbooksQuery);
  const { data, error } = useQuery({ ...runbookQuery(incident, slug ?? ""), enabled: slug !== null });
  const current = data === undefined ? -1 : currentStep(data.steps);
  const begun = data?.begun ?? [];
  const choices = (all.data?.items ?? []).map(({ slug: value, title }) => ({
    value,
    label: `${texts(title)}${begun.some((each) => each.slug === value) ? ` · ${t("incident.runbook.begun")}` : ""}`,
  }));
  return (
    <Panel
      title={t("incident.runbook")}
      aside={
        <NativeSelect
          size="xs"
          aria-label={t("incident.runbook.choose")}
          value={slug ?? ""}
          data={slug === null ? [{ value: "", label: t("incident.runbook.choose") }, ...choices] : choices}
          onChange={({ currentTarget: { value } }) => setChosen(value === "" ? null : value)}
        />
      }
    >
      {slug === null ? (
        <Empty title={t("incident.runbook.none")}>{t("incident.runbook.noneText")}</Empty>
      ) : data !== undefined ? (
        <>
          <p className={classes.summary}>
            {t(`incident.runbook.${data.runbook.kind}`)} · {t(`incident.runbook.owner.${data.runbook.owner}`)}
          </p>
          <p className={classes.lead}>{texts(data.runbook.summary)}</p>
          <ol className={classes.steps}>
            {data.steps.map((view, at) => (
              <Step
                key={`${slug} ${view.step.id}`}
                incidentId={incident.id}
                slug={slug}
                view={view}
                figures={data.figures}
                isCurrent={mayRun && at === current}
                mayRun={mayRun}
              />
            ))}
          </ol>
        </>
      ) : error !== null ? (
        <Notice level="bad" title={problem(refusalOf(error).code)} />
      ) : (
        <Empty title={t("app.loading")} />
      )}
    </Panel>
  );
}
