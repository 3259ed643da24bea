import { Button } from "@mantine/core";
import type { Alert } from "@orderwatch/shared/ops/detection.ts";
import { Link } from "@tanstack/react-router";
import { Status } from "../../../ui/status.tsx";
import { useFormats, useSaid, useWords } from "../../words.ts";
import { ConsoleLink } from "../shell/console-link.tsx";
import classes from "./detection.module.css";
import { AlertLevelMark } from "./level.tsx";
import { useFactWords } from "./use-fact-words.ts";

/** Alerts with what they saw, whom they belong to and what holds them back. */
export function Alerts({
  alerts,
  onSilence,
}: {
  alerts: readonly Alert[];
  /** Absent where this person may not silence. */
  onSilence?: (alert: Alert) => void;
}) {
  return (
    <ul className={classes.list}>
      {alerts.map((alert) => (
        <AlertItem key={alert.id} alert={alert} {...(onSilence ? { onSilence } : {})} />
      ))}
    </ul>
  );
}

function AlertItem({ alert, onSilence }: { alert: Alert; onSilence?: (alert: Alert) => void }) {
  const t = useWords();
  const formats = useFormats();
  const said = useSaid();
  const factWords = useFactWords();
  const { resolvedAt, firedAt, suppressedBy } = alert;
  const now = new Date();
  return (
    <li className={classes.item}>
      <div className={classes.itemHead}>
        <AlertLevelMark level={alert.level} />
        <strong>{said(alert.title)}</strong>
        {Object.entries(alert.labels).map(([name, value]) => (
          <code key={name} className={classes.label}>
            {name}={value}
          </code>
        ))}
        {suppressedBy === null ? null : (
          <Status level="quiet">{t(`detection.held.${suppressedBy.by}`, { rule: suppressedBy.id })}</Status>
        )}
        {alert.source === "alertmanager" ? <Status level="quiet">{t("detection.external")}</Status> : null}
      </div>
      <p className={classes.facts}>
        {resolvedAt === null
          ? t("detection.since", { time: formats.recent(firedAt, now) })
          : t("detection.lasted", {
              time: formats.recent(firedAt, now),
              duration: formats.duration(Date.parse(resolvedAt) - Date.parse(firedAt)),
            })}
        {factWords(alert.facts).map((fact) => (
          <span key={fact}> · {fact}</span>
        ))}
      </p>
      <div className={classes.itemActions}>
        {alert.incidentId === null ? null : (
          <ConsoleLink to={`/incidents/${alert.incidentId}`}>{t("detection.incident")}</ConsoleLink>
        )}
        {alert.source === "rule" ? (
          <Link to="/detection/$slug" params={{ slug: alert.rule }}>
            {t("detection.rule")}
          </Link>
        ) : null}
        {onSilence && resolvedAt === null ? (
          <Button size="xs" variant="default" onClick={() => onSilence(alert)}>
            {t("detection.silenceIt")}
          </Button>
        ) : null}
      </div>
    </li>
  );
}
