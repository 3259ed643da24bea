import type { IncidentDetail } from "@orderwatch/shared/ops/incidents.ts";
import { Link } from "@tanstack/react-router";
import { Panel } from "../../../ui/panel.tsx";
import { useFormats, useWords } from "../../words.ts";
import classes from "./detail.module.css";
import { StateMark } from "./marks.tsx";
import { useTexts } from "./use-texts.ts";

/** Seen before: what was like it, and what ended that. */
export function Similar({ incident }: { incident: IncidentDetail }) {
  const t = useWords();
  const formats = useFormats();
  const texts = useTexts();
  if (incident.similar.length === 0) return null;
  return (
    <Panel title={t("incident.similar")}>
      <ul className={classes.similar}>
        {incident.similar.map((each) => (
          <li key={each.id}>
            <Link to="/incidents/$id" params={{ id: each.id }}>
              #{each.number} {texts(each.title)}
            </Link>
            <div className={classes.muted}>
              <StateMark state={each.state} /> {formats.recent(each.openedAt, new Date())}
            </div>
            {each.endedBy === null ? null : <p>{t("incident.similar.ended", { text: each.endedBy })}</p>}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
