import { Button } from "@mantine/core";
import type { Incident } from "@orderwatch/shared/ops/incidents.ts";
import type { AttemptState, NotificationAttempt } from "@orderwatch/shared/ops/notify.ts";
import type { Escalation } from "@orderwatch/shared/ops/oncall.ts";
import { sayName } from "@orderwatch/shared/ops/oncall-names.ts";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { refusalOf } from "../../../lib/api.ts";
import { Notice } from "../../../ui/notice.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { type Level, LevelIcon, Status } from "../../../ui/status.tsx";
import { useCodeWords, useFormats, useSaid, useWords } from "../../words.ts";
import { useMay } from "../session/me.ts";
import { clockFace } from "./countdown.ts";
import classes from "./detail.module.css";
import { escalationQuery, pagesQuery } from "./queries.ts";
import { useNow } from "./use-now.ts";

type Page = Escalation["pages"][number];

const levels: Record<Page["state"], Level> = { pending: "info", reached: "ok", exhausted: "bad" };
const attemptLevels: Record<AttemptState, Level> = {
  calling: "info",
  accepted: "info",
  delivered: "ok",
  undelivered: "bad",
  refused: "bad",
  failed: "warn",
  unclear: "warn",
  silent: "warn",
};
const shownAtFirst = 4;

/** Who was paged, newest first, by which ways and what became of each, and when the next step is. */
export function Pages({ incident }: { incident: Incident }) {
  const t = useWords();
  const { problem } = useCodeWords();
  const [isAll, setAll] = useState(false);
  const maySeeAttempts = useMay()("notifications.read");
  const { data: escalation, error } = useQuery(escalationQuery(incident));
  const { data: messages } = useQuery({ ...pagesQuery(incident), enabled: maySeeAttempts });
  const attempts = new Map(messages?.items.map((message) => [message.id, message.attempts]));
  if (escalation === undefined) {
    const code = error === null ? null : refusalOf(error).code;
    return (
      <Panel title={t("incident.pages")}>
        {code !== null && code !== "escalation.not_found" ? (
          <Notice level="bad" title={problem(code)} />
        ) : (
          <p className={classes.muted}>{t(code === null ? "app.loading" : "incident.pages.none")}</p>
        )}
      </Panel>
    );
  }
  const pages = escalation.pages.toReversed();
  return (
    <Panel title={t("incident.pages")}>
      <Standing escalation={escalation} />
      {pages.length === 0 ? <p className={classes.muted}>{t("incident.pages.none")}</p> : null}
      <ul className={classes.pages}>
        {(isAll ? pages : pages.slice(0, shownAtFirst)).map((page) => (
          <PageEntry key={page.notificationId} page={page} attempts={attempts.get(page.notificationId)} />
        ))}
      </ul>
      {isAll || pages.length <= shownAtFirst ? null : (
        <Button size="compact-xs" variant="subtle" onClick={() => setAll(true)}>
          {t("incident.pages.all", { count: pages.length })}
        </Button>
      )}
    </Panel>
  );
}

/** How far it has come, and when what comes next. */
function Standing({ escalation }: { escalation: Escalation }) {
  const t = useWords();
  const say = useSaid();
  const now = useNow();
  const { state, nextAt, acknowledgedBy, step, steps, round, rounds, policy } = escalation;
  const leftMs = nextAt === null ? null : Date.parse(nextAt) - now;
  const time = leftMs === null ? "" : clockFace({ urgency: "calm", ms: Math.max(0, leftMs) });
  const level: Level = state === "exhausted" ? "bad" : state === "acknowledged" ? "ok" : "info";
  return (
    <>
      <p className={classes.next} data-level={level}>
        {state === "acknowledged"
          ? t("incident.pages.acknowledged", { name: acknowledgedBy ?? t("incidents.nobody") })
          : state !== "paging" || leftMs === null
            ? t(`incident.pages.${state}`)
            : leftMs > 0
              ? t("incident.pages.next", { time })
              : t("incident.pages.now")}
      </p>
      {state === "acknowledged" && leftMs !== null ? (
        <p className={classes.muted}>{t("incident.pages.lapses", { time })}</p>
      ) : null}
      {steps === 0 ? null : (
        <p className={classes.muted}>
          {t("incident.pages.step", {
            ...{ step: Math.min(step + 1, steps), steps },
            ...{ round: Math.min(round + 1, rounds), rounds, policy: say(sayName(policy)) },
          })}
        </p>
      )}
    </>
  );
}

function PageEntry({ page, attempts }: { page: Page; attempts: readonly NotificationAttempt[] | undefined }) {
  const t = useWords();
  const formats = useFormats();
  return (
    <li>
      <div className={classes.pageHead}>
        <strong>{page.person.name}</strong>
        <Status level={levels[page.state]}>{t(`incident.page.${page.state}`)}</Status>
      </div>
      {attempts === undefined || attempts.length === 0 ? (
        <div className={classes.muted}>
          {formats.recent(page.at, new Date())}
          {page.state === "exhausted" ? ` · ${t("incident.page.no_way")}` : ""}
        </div>
      ) : (
        <ul className={classes.attempts} aria-label={t("message.attempts")}>
          {attempts.map((attempt) => (
            <li key={attempt.id}>
              <LevelIcon level={attemptLevels[attempt.state]} size={10} />
              <span>
                {t(`channel.${attempt.channel}`)}
                {attempt.target === attempt.channel ? "" : ` ${attempt.target}`} ·{" "}
                {t(`attempt.${attempt.state}`)}
              </span>
              <time dateTime={attempt.startedAt}>{formats.clock(attempt.startedAt)}</time>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}
