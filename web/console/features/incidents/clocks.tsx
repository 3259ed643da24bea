import { Button } from "@mantine/core";
import type { Incident } from "@orderwatch/shared/ops/incidents.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { refusalOf } from "../../../lib/api.ts";
import { Notice } from "../../../ui/notice.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { LevelIcon } from "../../../ui/status.tsx";
import { api } from "../../api.ts";
import { useCodeWords, useFormats, useWords } from "../../words.ts";
import { useMay } from "../session/me.ts";
import { clockFace, countdown } from "./countdown.ts";
import classes from "./detail.module.css";
import { urgencies } from "./marks.tsx";
import { hasEnded, incidentQuery } from "./queries.ts";
import { useNow } from "./use-now.ts";

/** What has to be done by when: counting down, turning before it is missed, and how those that are over ended. */
export function Clocks({ incident }: { incident: Incident }) {
  const t = useWords();
  return (
    <Panel title={t("incident.clock")}>
      {incident.deadlines.length === 0 ? (
        <p className={classes.muted}>{t("incident.clock.none")}</p>
      ) : (
        <ul className={classes.clocks}>
          {incident.deadlines.map((deadline) => (
            <li key={`${deadline.kind} ${deadline.level}`}>
              <Clock deadline={deadline} from={incident.openedAt} />
              {deadline.kind === "third_party_engaged" && deadline.metAt === null && !hasEnded(incident) ? (
                <Engaged incidentId={incident.id} />
              ) : null}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Clock({ deadline, from }: { deadline: Incident["deadlines"][number]; from: string }) {
  const t = useWords();
  const formats = useFormats();
  const shown = countdown(deadline, from, useNow());
  return (
    <div className={classes.clock} data-urgency={shown.urgency}>
      <div className={classes.clockHead}>
        <LevelIcon level={urgencies[shown.urgency]} size={14} />
        <span>{t(`incident.deadline.${deadline.kind}`)}</span>
      </div>
      <div className={classes.face} role="timer" aria-live="off">
        {clockFace(shown)}
      </div>
      <div className={classes.muted}>
        {t(`incident.clock.${shown.urgency}`)} ·{" "}
        {t("incident.clock.due", { time: formats.recent(deadline.dueAt, new Date()) })}
      </div>
    </div>
  );
}

/** The third party answers: that clock stops, and the timeline says who heard it. */
function Engaged({ incidentId }: { incidentId: string }) {
  const t = useWords();
  const { problem } = useCodeWords();
  const mayNote = useMay()("incidents.declare");
  const queries = useQueryClient();
  const tell = useMutation({
    mutationFn: () =>
      api.addIncidentNote({
        params: { id: incidentId },
        body: { text: t("incident.third"), thirdPartyEngaged: true },
      }),
    onSuccess: (changed) => queries.setQueryData(incidentQuery(incidentId).queryKey, changed),
  });
  if (!mayNote) return null;
  return (
    <>
      <Button size="xs" variant="default" loading={tell.isPending} onClick={() => tell.mutate()}>
        {t("incident.third")}
      </Button>
      {tell.isError ? <Notice level="bad" title={problem(refusalOf(tell.error).code)} /> : null}
    </>
  );
}
