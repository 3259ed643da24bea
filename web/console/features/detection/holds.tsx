import { Button } from "@mantine/core";
import type { MaintenanceWindow, Matchers, RuleView, Silence } from "@orderwatch/shared/ops/detection.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Confirm } from "../../../ui/confirm.tsx";
import { Empty } from "../../../ui/notice.tsx";
import { type Level, Status } from "../../../ui/status.tsx";
import { api } from "../../api.ts";
import { useFormats, useWords } from "../../words.ts";
import { Refused } from "../session/refused.tsx";
import classes from "./detection.module.css";
import { useRuleTitle } from "./use-rule-title.ts";

/** What a silence or maintenance is about: rules by their titles, labels as they are. */
export function useTargetWords(rules: readonly RuleView[]): (matchers: Matchers) => string {
  const t = useWords();
  const titleOf = useRuleTitle();
  return (matchers) =>
    Object.entries(matchers)
      .map(([name, value]) => {
        const rule = name === "rule" ? rules.find(({ slug }) => slug === value) : undefined;
        return rule === undefined ? `${name}=${value}` : titleOf(rule);
      })
      .join(", ") || t("detection.everything");
}

/** What holds now stands in sight; what is over is folded away. */
function Folded({ now, over, empty }: { now: ReactNode[]; over: ReactNode[]; empty: ReactNode }) {
  const t = useWords();
  return (
    <>
      {now.length === 0 ? empty : <ul className={classes.list}>{now}</ul>}
      {over.length === 0 ? null : (
        <details className={classes.over}>
          <summary>{t("detection.showOver", { count: over.length })}</summary>
          <ul className={classes.list}>{over}</ul>
        </details>
      )}
    </>
  );
}

/** Ends something after asking; `onEnd` refuses by throwing. */
function EndButton({
  label,
  title,
  text,
  end,
}: {
  label: string;
  title: string;
  text: string;
  end: () => Promise<unknown>;
}) {
  const t = useWords();
  const queries = useQueryClient();
  const [asks, setAsks] = useState(false);
  const ending = useMutation({
    mutationFn: end,
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["detection"] });
      setAsks(false);
    },
  });
  return (
    <>
      <Button size="xs" variant="default" onClick={() => setAsks(true)}>
        {label}
      </Button>
      {asks ? (
        <Confirm
          title={title}
          action={label}
          cancel={t("app.cancel")}
          isDangerous={false}
          isBusy={ending.isPending}
          onConfirm={() => ending.mutate()}
          onCancel={() => setAsks(false)}
        >
          <p>{text}</p>
          <Refused error={ending.error} />
        </Confirm>
      ) : null}
    </>
  );
}

export function Silences({
  silences,
  rules,
  maySilence,
}: {
  silences: readonly Silence[];
  rules: readonly RuleView[];
  maySilence: boolean;
}) {
  const t = useWords();
  const formats = useFormats();
  const target = useTargetWords(rules);
  const now = new Date();
  const item = (silence: Silence) => (
    <li key={silence.id} className={classes.item}>
      <div className={classes.itemHead}>
        <strong>{target(silence.matchers)}</strong>
        <Status level={silence.active ? "info" : "quiet"}>
          {t(silence.active ? "detection.until" : "detection.ended", {
            time: formats.recent(silence.endsAt, now),
          })}
        </Status>
      </div>
      <p className={classes.facts}>{t("detection.by", { name: silence.by, reason: silence.reason })}</p>
      {maySilence && silence.active ? (
        <div className={classes.itemActions}>
          <EndButton
            label={t("detection.end")}
            title={t("detection.endSilence")}
            text={t("detection.endSilenceText", { target: target(silence.matchers) })}
            end={() => api.endSilence({ params: { id: silence.id } })}
          />
        </div>
      ) : null}
    </li>
  );
  return (
    <Folded
      now={silences.filter(({ active }) => active).map(item)}
      over={silences.filter(({ active }) => !active).map(item)}
      empty={<Empty title={t("detection.noSilences")}>{t("detection.noSilencesText")}</Empty>}
    />
  );
}

const windowLevels: Record<MaintenanceWindow["state"], Level> = {
  planned: "info",
  active: "warn",
  over: "quiet",
};

export function Windows({
  windows,
  rules,
  maySilence,
}: {
  windows: readonly MaintenanceWindow[];
  rules: readonly RuleView[];
  maySilence: boolean;
}) {
  const t = useWords();
  const formats = useFormats();
  const target = useTargetWords(rules);
  const now = new Date();
  const item = (each: MaintenanceWindow) => (
    <li key={each.id} className={classes.item}>
      <div className={classes.itemHead}>
        <strong>{each.title}</strong>
        <Status level={windowLevels[each.state]}>{t(`detection.window.${each.state}`)}</Status>
      </div>
      <p className={classes.facts}>
        {t("detection.span", {
          from: formats.recent(each.startsAt, now),
          to: formats.recent(each.endsAt, now),
        })}
        {" · "}
        {target(each.matchers)}
        {" · "}
        {t("detection.plannedBy", { name: each.by })}
      </p>
      {maySilence && each.state !== "over" ? (
        <div className={classes.itemActions}>
          <EndButton
            label={t(each.state === "planned" ? "detection.callOff" : "detection.end")}
            title={t("detection.endWindow", { title: each.title })}
            text={t("detection.endWindowText")}
            end={() => api.endMaintenanceWindow({ params: { id: each.id } })}
          />
        </div>
      ) : null}
    </li>
  );
  return (
    <Folded
      now={windows.filter(({ state }) => state !== "over").map(item)}
      over={windows.filter(({ state }) => state === "over").map(item)}
      empty={<Empty title={t("detection.noWindows")}>{t("detection.noWindowsText")}</Empty>}
    />
  );
}
