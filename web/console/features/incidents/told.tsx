import { Button } from "@mantine/core";
import type { IncidentDetail } from "@orderwatch/shared/ops/incidents.ts";
import type { PublicUpdate } from "@orderwatch/shared/ops/public-updates.ts";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { refusalOf } from "../../../lib/api.ts";
import { Empty, Notice } from "../../../ui/notice.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { type Level, Status } from "../../../ui/status.tsx";
import { api } from "../../api.ts";
import { useCodeWords, useFormats, useWords } from "../../words.ts";
import { useMay, useMe } from "../session/me.ts";
import { BuyerMessages } from "./buyer-messages.tsx";
import { incidentQuery, publicUpdatesQuery } from "./queries.ts";
import classes from "./told.module.css";
import { useTexts } from "./use-texts.ts";

const TellDialog = lazy(() =>
  import("./tell-dialog.tsx").then(({ TellDialog }) => ({ default: TellDialog })),
);

const levels: Record<PublicUpdate["state"], Level> = {
  proposed: "warn",
  published: "ok",
  withdrawn: "quiet",
};

/** What the public was told of it, what waits for a second person, and the way to say more. */
export function Told({ incident }: { incident: IncidentDetail }) {
  const t = useWords();
  const { problem } = useCodeWords();
  const mayPublish = useMay()("status.publish");
  const [isWriting, setWriting] = useState(false);
  const { data, error } = useQuery(publicUpdatesQuery(incident));
  return (
    <Panel title={t("told.title")}>
      <BuyerMessages incident={incident} />
      <div className={classes.part}>
        <h3>{t("told.public")}</h3>
        {mayPublish ? (
          <Button size="xs" variant="default" onClick={() => setWriting(true)}>
            {t("told.write")}
          </Button>
        ) : null}
      </div>
      {error !== null && data === undefined ? (
        <Notice level="bad" title={problem(refusalOf(error).code)} />
      ) : data === undefined ? (
        <Empty title={t("app.loading")} />
      ) : data.items.length === 0 ? (
        <p className={classes.muted}>{t("told.noneText")}</p>
      ) : (
        <ul className={classes.updates} aria-label={t("told.public")}>
          {data.items.map((update) => (
            <Update key={update.id} update={update} mayPublish={mayPublish} />
          ))}
        </ul>
      )}
      <Suspense fallback={null}>
        {isWriting ? <TellDialog incident={incident} onClose={() => setWriting(false)} /> : null}
      </Suspense>
    </Panel>
  );
}

function Update({ update, mayPublish }: { update: PublicUpdate; mayPublish: boolean }) {
  const t = useWords();
  const formats = useFormats();
  const texts = useTexts();
  const { problem } = useCodeWords();
  const me = useMe();
  const queries = useQueryClient();
  const params = { id: update.incidentId, updateId: update.id };
  const decide = useMutation({
    mutationFn: (isPublished: boolean) =>
      isPublished ? api.publishUpdate({ params }) : api.withdrawUpdate({ params }),
    onSettled: () => queries.invalidateQueries({ queryKey: incidentQuery(update.incidentId).queryKey }),
  });
  const isOwn = update.author.id === me.id;
  const waits = update.state === "proposed";
  const { decider } = update;
  return (
    <li className={classes.update} data-state={update.state}>
      <div className={classes.head}>
        <Status level={levels[update.state]}>{t(`told.state.${update.state}`)}</Status>
        <span className={classes.muted}>
          {t(`told.phase.${update.phase}`)} ·{" "}
          {formats.recent(update.publishedAt ?? update.proposedAt, new Date())}
        </span>
      </div>
      <strong>{texts(update.title)}</strong>
      <p>{texts(update.text)}</p>
      <p className={classes.muted}>
        {t("told.by", { name: update.author.name })}
        {decider === null || (decider.id === update.author.id && update.state === "published")
          ? ""
          : ` · ${t(update.state === "withdrawn" ? "told.withdrawnBy" : "told.approvedBy", { name: decider.name })}`}
      </p>
      {waits && mayPublish ? (
        <>
          <div className={classes.buttons}>
            {isOwn ? null : (
              <Button size="xs" loading={decide.isPending} onClick={() => decide.mutate(true)}>
                {t("told.approve")}
              </Button>
            )}
            <Button
              size="xs"
              variant="default"
              loading={decide.isPending}
              onClick={() => decide.mutate(false)}
            >
              {t("told.withdraw")}
            </Button>
          </div>
          {isOwn ? <p className={classes.muted}>{t("told.ownText")}</p> : null}
        </>
      ) : null}
      {decide.isError ? <Notice level="bad" title={problem(refusalOf(decide.error).code)} /> : null}
    </li>
  );
}
