import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { refusalOf } from "../../lib/api.ts";
import { useLocale } from "../../lib/i18n/use-locale.ts";
import { Empty, Notice } from "../../ui/notice.tsx";
import { Status } from "../../ui/status.tsx";
import classes from "../features/incidents/postmortem.module.css";
import { PostmortemFacts } from "../features/incidents/postmortem-facts.tsx";
import { PostmortemForm } from "../features/incidents/postmortem-form.tsx";
import { incidentQuery, postmortemQuery } from "../features/incidents/queries.ts";
import { useTexts } from "../features/incidents/use-texts.ts";
import { useMay } from "../features/session/me.ts";
import { useCodeWords, useFormats, useWords } from "../words.ts";
import list from "./list.module.css";

const route = getRouteApi("/shell/incidents/$id/postmortem");

/** What an incident taught: its facts as they stand, and what people wrote and will do about it. */
export function PostmortemScreen() {
  const t = useWords();
  const texts = useTexts();
  const formats = useFormats();
  const locale = useLocale();
  const { problem } = useCodeWords();
  const mayWrite = useMay()("postmortems.write");
  const { id } = route.useParams();
  const { data, error, refetch } = useQuery(postmortemQuery(id, locale));
  const incident = useQuery(incidentQuery(id));
  const [begun, setBegun] = useState(0);
  const reload = async () => {
    await refetch();
    setBegun(begun + 1);
  };
  const name = data === undefined ? t("postmortem.open") : t("postmortem.title", { number: data.number });
  return (
    <div className={list.screen}>
      <title>{`${name} · Orderwatch`}</title>
      <Link to="/incidents/$id" params={{ id }} className={list.back}>
        ‹ {t("postmortem.back")}
      </Link>
      <div className={list.head}>
        <h1 className={list.title}>
          {name}
          {data === undefined ? "" : ` · ${texts(data.title)}`}
        </h1>
        {data === undefined ? null : (
          <>
            <Status level={data.state === "published" ? "ok" : "quiet"}>
              {t(`postmortem.state.${data.state}`)}
            </Status>
            <Button
              className={list.apart ?? ""}
              size="xs"
              variant="default"
              component="a"
              href={`data:text/markdown;charset=utf-8,${encodeURIComponent(data.markdown)}`}
              download={`incident-${data.number}.md`}
            >
              {t("postmortem.download")}
            </Button>
          </>
        )}
      </div>
      {error !== null && data === undefined ? (
        <Notice level="bad" title={problem(refusalOf(error).code)} />
      ) : data === undefined ? (
        <Empty title={t("app.loading")} />
      ) : (
        <div className={classes.columns}>
          <div className={classes.column}>
            <PostmortemForm
              key={`${id} ${begun}`}
              postmortem={data}
              mayWrite={mayWrite}
              onReload={() => void reload()}
            />
            {data.changedBy === null || data.changedAt === null ? null : (
              <p className={classes.muted}>
                {t("postmortem.changed", {
                  name: data.changedBy.name,
                  time: formats.recent(data.changedAt, new Date()),
                })}
              </p>
            )}
          </div>
          <div className={classes.column}>
            <PostmortemFacts incident={incident.data} postmortem={data} />
          </div>
        </div>
      )}
    </div>
  );
}
