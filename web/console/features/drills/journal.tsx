import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Empty } from "../../../ui/notice.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { useFormats, useWords } from "../../words.ts";
import shared from "./drills.module.css";
import { journalQuery, type Run } from "./queries.ts";
import classes from "./run.module.css";

/** Everything that was decided and done, in order; to be read and to be taken away. */
export function Journal({ run }: { run: Run }) {
  const t = useWords();
  const formats = useFormats();
  const entries = useQuery(journalQuery(run.id, run.revision)).data?.items ?? [];
  const download = () => {
    const file = new Blob([JSON.stringify({ run, journal: entries }, null, 2)], { type: "application/json" });
    const url = URL.createObjectURL(file);
    const link = document.createElement("a");
    link.href = url;
    link.download = `drill-${run.number}-${run.drill.slug}.json`;
    link.click();
    URL.revokeObjectURL(url);
  };
  return (
    <Panel
      title={t("drills.run.journal")}
      aside={
        <Button size="xs" variant="default" onClick={download}>
          {t("drills.run.download")}
        </Button>
      }
      flush
    >
      {entries.length === 0 ? (
        <Empty title={t("app.loading")} />
      ) : (
        <ol className={classes.journal}>
          {entries.map(({ seq, at, type, facts }) => (
            <li key={seq}>
              <time className={shared.muted} dateTime={at}>
                {formats.clock(at)}
              </time>
              <code>{type}</code>
              <span className={shared.muted}>
                {Object.entries(facts)
                  .filter(([name]) => name !== "lease" && name !== "incident")
                  .map(([name, value]) => `${name} ${value ?? "–"}`)
                  .join(", ")}
              </span>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}
