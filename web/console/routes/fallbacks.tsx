import { Button } from "@mantine/core";
import { useQueryErrorResetBoundary } from "@tanstack/react-query";
import { type ErrorComponentProps, Link, useRouter } from "@tanstack/react-router";
import { refusalOf } from "../../lib/api.ts";
import { Empty, Notice } from "../../ui/notice.tsx";
import { useCodeWords, useWords } from "../words.ts";
import classes from "./fallbacks.module.css";

export function NotFound() {
  const t = useWords();
  return (
    <main className={classes.page}>
      <Empty title={t("app.notFound")}>
        <p>{t("app.notFoundText")}</p>
        <Link to="/">{t("app.goLive")}</Link>
      </Empty>
    </main>
  );
}

/** What a screen shows when it could not be loaded: why, and the way to try again. */
export function Crashed({ error, reset }: ErrorComponentProps) {
  const t = useWords();
  const { problem } = useCodeWords();
  const router = useRouter();
  const queries = useQueryErrorResetBoundary();
  const refusal = refusalOf(error);
  const retry = () => {
    queries.reset();
    reset();
    void router.invalidate();
  };
  return (
    <div className={classes.page}>
      <Notice
        level="bad"
        title={refusal.code === "network" ? t("app.crashed") : problem(refusal.code)}
        actions={
          <Button size="xs" onClick={retry}>
            {t("app.retry")}
          </Button>
        }
      >
        {refusal.detail}
        {refusal.requestId === undefined ? null : <div>{t("app.requestId", { id: refusal.requestId })}</div>}
      </Notice>
    </div>
  );
}

export function Waiting() {
  const t = useWords();
  return (
    <div className={classes.page} role="status">
      {t("app.loading")}
    </div>
  );
}
