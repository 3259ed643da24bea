import { Button, TextInput } from "@mantine/core";
import type { BuyerMessage } from "@orderwatch/shared/ops/buyer-messages.ts";
import type { IncidentDetail } from "@orderwatch/shared/ops/incidents.ts";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { refusalOf } from "../../../lib/api.ts";
import { Empty, Notice } from "../../../ui/notice.tsx";
import { type Level, LevelIcon, Status } from "../../../ui/status.tsx";
import { api } from "../../api.ts";
import { useCodeWords, useFormats, useWords } from "../../words.ts";
import { useMay, useMe } from "../session/me.ts";
import { buyerDraftQuery, buyerMessagesQuery, hasEnded, incidentQuery } from "./queries.ts";
import classes from "./told.module.css";
import { useTexts } from "./use-texts.ts";

const MessageDialog = lazy(() =>
  import("./message-dialog.tsx").then(({ MessageDialog }) => ({ default: MessageDialog })),
);

const levels: Record<BuyerMessage["state"], Level> = { proposed: "warn", sent: "ok", withdrawn: "quiet" };
const outcomes = [
  ["delivered", "ok"],
  ["sent", "info"],
  ["sending", "info"],
  ["queued", "quiet"],
  ["exhausted", "bad"],
] as const satisfies readonly (readonly [keyof BuyerMessage["outcome"], Level])[];

/** What exactly the affected buyers were told, how many of them it reached, and the way to tell them. */
export function BuyerMessages({ incident }: { incident: IncidentDetail }) {
  const t = useWords();
  const { problem } = useCodeWords();
  const mayPublish = useMay()("status.publish");
  const [isWriting, setWriting] = useState(false);
  const { data, error } = useQuery(buyerMessagesQuery(incident));
  return (
    <>
      <div className={classes.part}>
        <h3>{t("told.buyers")}</h3>
        {mayPublish && !hasEnded(incident) ? (
          <Button size="xs" variant="default" onClick={() => setWriting(true)}>
            {t("told.buyers.write")}
          </Button>
        ) : null}
      </div>
      {error !== null && data === undefined ? (
        <Notice level="bad" title={problem(refusalOf(error).code)} />
      ) : data === undefined ? (
        <Empty title={t("app.loading")} />
      ) : data.items.length === 0 ? (
        <p className={classes.muted}>{t("told.buyers.none")}</p>
      ) : (
        <ul className={classes.updates} aria-label={t("told.buyers")}>
          {data.items.map((message) => (
            <Message key={message.id} incident={incident} message={message} mayPublish={mayPublish} />
          ))}
        </ul>
      )}
      <Suspense fallback={null}>
        {isWriting ? <MessageDialog incident={incident} onClose={() => setWriting(false)} /> : null}
      </Suspense>
    </>
  );
}

function Message({
  incident,
  message,
  mayPublish,
}: {
  incident: IncidentDetail;
  message: BuyerMessage;
  mayPublish: boolean;
}) {
  const t = useWords();
  const formats = useFormats();
  const texts = useTexts();
  const { author, decider, state, outcome } = message;
  const counted = outcomes.filter(([name]) => outcome[name] > 0);
  return (
    <li className={classes.update} data-state={state === "sent" ? "published" : state}>
      <div className={classes.head}>
        <Status level={levels[state]}>{t(`told.message.${state}`)}</Status>
        <span className={classes.muted}>
          {t(`told.message.${message.kind}`)} ·{" "}
          {formats.recent(message.sentAt ?? message.proposedAt, new Date())}
        </span>
      </div>
      <strong>{texts(message.title)}</strong>
      <p>{texts(message.text)}</p>
      {state === "sent" ? (
        <p className={classes.outcomes}>
          <span>{t("told.message.buyers", { count: message.buyers })}</span>
          {counted.map(([name, level]) => (
            <span key={name}>
              <LevelIcon level={level} size={10} /> {t(`message.state.${name}`)}{" "}
              {formats.count(outcome[name])}
            </span>
          ))}
        </p>
      ) : null}
      <p className={classes.muted}>
        {author === null ? t("told.message.byItself") : t("told.by", { name: author.name })}
        {decider === null || decider.id === author?.id
          ? ""
          : ` · ${t(state === "withdrawn" ? "told.withdrawnBy" : "told.approvedBy", { name: decider.name })}`}
        {message.reason === null ? "" : ` · ${t("told.message.alone", { reason: message.reason })}`}
      </p>
      {state === "sent" ? (
        <Link to="/mailbox" search={{ of: "all" }} className={classes.muted ?? ""}>
          {t("told.message.each")}
        </Link>
      ) : null}
      {state === "proposed" && mayPublish ? <Decide incident={incident} message={message} /> : null}
    </li>
  );
}

/** The second person's buttons; its author's too, with a reason, where nobody else could approve. */
function Decide({ incident, message }: { incident: IncidentDetail; message: BuyerMessage }) {
  const t = useWords();
  const { problem } = useCodeWords();
  const me = useMe();
  const queries = useQueryClient();
  const isOwn = message.author?.id === me.id;
  const draft = useQuery({ ...buyerDraftQuery(incident), enabled: isOwn });
  const [reason, setReason] = useState("");
  const params = { id: message.incidentId, messageId: message.id };
  const decide = useMutation({
    mutationFn: (isApproved: boolean) =>
      isApproved
        ? api.approveBuyerMessage({ params, body: reason.trim() === "" ? {} : { reason: reason.trim() } })
        : api.withdrawBuyerMessage({ params }),
    onSettled: () => queries.invalidateQueries({ queryKey: incidentQuery(incident.id).queryKey }),
  });
  const mayAlone = isOwn && draft.data?.mayApproveAlone === true;
  return (
    <>
      {mayAlone ? (
        <TextInput
          size="xs"
          label={t("told.message.reason")}
          value={reason}
          maxLength={500}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      ) : null}
      <div className={classes.buttons}>
        {isOwn && !mayAlone ? null : (
          <Button
            size="xs"
            loading={decide.isPending}
            disabled={mayAlone && reason.trim() === ""}
            onClick={() => decide.mutate(true)}
          >
            {t("told.message.approve")}
          </Button>
        )}
        <Button size="xs" variant="default" loading={decide.isPending} onClick={() => decide.mutate(false)}>
          {t("told.withdraw")}
        </Button>
      </div>
      {isOwn && !mayAlone ? <p className={classes.muted}>{t("told.ownText")}</p> : null}
      {decide.isError ? <Notice level="bad" title={problem(refusalOf(decide.error).code)} /> : null}
    </>
  );
}
