import { Button } from "@mantine/core";
import type { IncidentDetail, IncidentState } from "@orderwatch/shared/ops/incidents.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { refusalOf } from "../../../lib/api.ts";
import { Notice } from "../../../ui/notice.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { api } from "../../api.ts";
import { type PlainKey, useCodeWords, useFormats, useWords } from "../../words.ts";
import { useMay } from "../session/me.ts";
import { useShortcuts } from "../shell/shortcuts.ts";
import classes from "./detail.module.css";
import { DrillMark, LevelMark, StateMark } from "./marks.tsx";
import { hasEnded, incidentQuery } from "./queries.ts";
import { type Asked, TransitionDialog } from "./transition-dialog.tsx";

const MergeDialog = lazy(() =>
  import("./merge-dialog.tsx").then(({ MergeDialog }) => ({ default: MergeDialog })),
);

/** The steps that lead on, in their order; the first that is possible is the next right action. */
const onward: readonly Exclude<IncidentState, "detected" | "merged">[] = [
  "acknowledged",
  "mitigating",
  "monitoring",
  "resolved",
  "reviewed",
  "false_alarm",
];

/** How bad, how far, and what can be done about its state; `a` acknowledges at once. */
export function StatePanel({ incident }: { incident: IncidentDetail }) {
  const t = useWords();
  const formats = useFormats();
  const { problem } = useCodeWords();
  const mayAct = useMay()("incidents.act");
  const queries = useQueryClient();
  const [asked, setAsked] = useState<Asked | null>(null);
  const [isMerging, setMerging] = useState(false);
  const acknowledge = useMutation({
    mutationFn: () => api.transitionIncident({ params: { id: incident.id }, body: { to: "acknowledged" } }),
    onSuccess: (changed) => queries.setQueryData(incidentQuery(incident.id).queryKey, changed),
    onSettled: () => queries.invalidateQueries({ queryKey: ["incidents"] }),
  });
  const mayAcknowledge = mayAct && incident.state === "detected";
  useShortcuts({
    a: () => {
      if (mayAcknowledge && !acknowledge.isPending) acknowledge.mutate();
    },
  });
  const possible = mayAct ? onward.filter((state) => incident.transitions.includes(state)) : [];
  const times: readonly (readonly [PlainKey, string | null])[] = [
    ["incident.openedAt", incident.openedAt],
    ["incident.acknowledgedAt", incident.acknowledgedAt],
    ["incident.resolvedAt", incident.resolvedAt],
  ];
  return (
    <Panel title={t("incidents.state")}>
      <div className={classes.marks}>
        <LevelMark level={incident.level} />
        <StateMark state={incident.state} />
        {incident.drill ? <DrillMark /> : null}
        {mayAct && incident.transitions.length > 0 ? (
          <Button size="compact-xs" variant="subtle" onClick={() => setAsked({ kind: "level" })}>
            {t("incident.changeLevel")}
          </Button>
        ) : null}
      </div>
      <dl className={classes.facts}>
        {times.map(([word, at]) =>
          at === null ? null : (
            <div key={word}>
              <dt>{t(word)}</dt>
              <dd>
                <time dateTime={at}>{formats.recent(at, new Date())}</time>
                {word === "incident.acknowledgedAt" && incident.acknowledgedBy !== null
                  ? ` · ${incident.acknowledgedBy.name}`
                  : ""}
              </dd>
            </div>
          ),
        )}
        {Object.entries(incident.labels).map(([name, value]) => (
          <div key={name}>
            <dt>{name === "channel" ? t("orders.method") : name}</dt>
            <dd>{value === "alipay" || value === "wechat" ? t(`method.${value}`) : value}</dd>
          </div>
        ))}
      </dl>
      <div className={classes.buttons}>
        {possible.map((state, index) => (
          <Button
            key={state}
            fullWidth
            variant={index === 0 ? "filled" : "default"}
            loading={state === "acknowledged" && acknowledge.isPending}
            aria-keyshortcuts={state === "acknowledged" ? "a" : undefined}
            onClick={() =>
              state === "acknowledged" && incident.state === "detected"
                ? acknowledge.mutate()
                : setAsked({ kind: "transition", to: state })
            }
          >
            {t(`incident.to.${state}`)}
            {state === "acknowledged" ? <kbd className={classes.key}>a</kbd> : null}
          </Button>
        ))}
        {mayAct && !hasEnded(incident) ? (
          <Button fullWidth variant="default" onClick={() => setMerging(true)}>
            {t("incident.merge")}
          </Button>
        ) : null}
      </div>
      {incident.mergedInto === null ? null : (
        <Link to="/incidents/$id" params={{ id: incident.mergedInto }} className={classes.onward ?? ""}>
          {t("incident.merge.open")}
        </Link>
      )}
      {possible[0] === undefined ? null : (
        <p className={classes.muted}>{t(`incident.effect.${possible[0]}`)}</p>
      )}
      {acknowledge.isError ? <Notice level="bad" title={problem(refusalOf(acknowledge.error).code)} /> : null}
      <Suspense fallback={null}>
        {isMerging ? <MergeDialog incident={incident} onClose={() => setMerging(false)} /> : null}
      </Suspense>
      {asked === null ? null : (
        <TransitionDialog incident={incident} asked={asked} onClose={() => setAsked(null)} />
      )}
    </Panel>
  );
}
