import { Button } from "@mantine/core";
import type { TestPage as Page } from "@orderwatch/shared/ops/oncall.ts";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type Level, Status } from "../../../ui/status.tsx";
import { api } from "../../api.ts";
import { useWords } from "../../words.ts";
import { Refused } from "../session/refused.tsx";
import classes from "./oncall.module.css";
import { testPageQuery } from "./queries.ts";

type PageState = Page["state"];
const levels: Record<PageState, Level> = { pending: "info", reached: "ok", exhausted: "bad" };

/** Pages somebody as an incident would, and follows it until it has arrived. */
export function TestPage({ userId }: { userId: string }) {
  const t = useWords();
  const send = useMutation({ mutationFn: () => api.sendTestPage({ body: { userId } }) });
  const id = send.data?.id;
  const followed = useQuery({ ...testPageQuery(id ?? ""), enabled: id !== undefined });
  const page = followed.data ?? send.data;
  return (
    <div className={classes.test}>
      <Button size="xs" loading={send.isPending} onClick={() => send.mutate()}>
        {t("oncall.test")}
      </Button>
      <span role="status">
        {page === undefined ? null : (
          <Status level={levels[page.state]}>{t(`page.state.${page.state}`)}</Status>
        )}
      </span>
      {page?.reason ? <span className={classes.until}>{page.reason}</span> : null}
      <Refused error={send.error} />
    </div>
  );
}
