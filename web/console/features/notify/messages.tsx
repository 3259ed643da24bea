import { Button } from "@mantine/core";
import type { AttemptState, Notification, NotificationState } from "@orderwatch/shared/ops/notify.ts";
import { Link } from "@tanstack/react-router";
import { type Level, LevelIcon, Status } from "../../../ui/status.tsx";
import { useFormats, useSaid, useWords } from "../../words.ts";
import { ConsoleLink } from "../shell/console-link.tsx";
import classes from "./notify.module.css";

const stateLevels: Record<NotificationState, Level> = {
  queued: "quiet",
  sending: "info",
  sent: "info",
  delivered: "ok",
  exhausted: "bad",
};
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

/** Messages with every attempt to bring them to their recipient. */
export function Messages({
  messages,
  onRead,
}: {
  messages: readonly Notification[];
  /** Given where they are the reader's own. */
  onRead?: (id: string) => void;
}) {
  return (
    <ol className={classes.messages}>
      {messages.map((message) => (
        <Message key={message.id} message={message} {...(onRead ? { onRead } : {})} />
      ))}
    </ol>
  );
}

function Message({ message, onRead }: { message: Notification; onRead?: (id: string) => void }) {
  const t = useWords();
  const formats = useFormats();
  const said = useSaid();
  const { recipient, state, reason, readAt } = message;
  const isUnread = onRead !== undefined && readAt === null;
  return (
    <li className={classes.message} data-unread={isUnread || undefined}>
      <div className={classes.head}>
        <Status level={stateLevels[state]}>{t(`message.state.${state}`)}</Status>
        <Status level={message.urgent ? "bad" : "quiet"}>{t(`message.kind.${message.kind}`)}</Status>
        <strong>{said(message.title)}</strong>
        <time dateTime={message.createdAt}>{formats.recent(message.createdAt, new Date())}</time>
      </div>
      <p className={classes.text}>{said(message.text)}</p>
      <div className={classes.foot}>
        {recipient.kind === "order" && recipient.id !== null ? (
          <Link to="/orders/$id" params={{ id: recipient.id }}>
            {t("message.toOrder", { id: recipient.id.slice(0, 13) })}
          </Link>
        ) : (
          <span>{t("message.to", { name: recipient.name ?? t("message.address") })}</span>
        )}
        {message.link === null ? null : (
          <ConsoleLink to={message.link}>
            {t(message.incidentId === null ? "message.open" : "message.incident")}
          </ConsoleLink>
        )}
        {message.bundledInto === null ? null : <span>{t("message.bundled")}</span>}
        {isUnread ? (
          <Button size="xs" variant="subtle" onClick={() => onRead(message.id)}>
            {t("message.read")}
          </Button>
        ) : null}
      </div>
      {reason === null ? null : <p className={classes.reason}>{t("message.reason", { reason })}</p>}
      {message.attempts.length === 0 ? null : (
        <ul className={classes.attempts} aria-label={t("message.attempts")}>
          {message.attempts.map((attempt) => (
            <li key={attempt.id} data-level={attemptLevels[attempt.state]}>
              <LevelIcon level={attemptLevels[attempt.state]} />
              <span>
                {t(`channel.${attempt.channel}`)} {attempt.target}: {t(`attempt.${attempt.state}`)}
                {attempt.calls > 1 ? ` · ${t("attempt.calls", { count: attempt.calls })}` : ""}
                {attempt.detail === null ? "" : ` · ${attempt.detail}`}
              </span>
              <time dateTime={attempt.startedAt}>{formats.clock(attempt.startedAt)}</time>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}
