import { useLocale } from "../../../lib/i18n/use-locale.ts";
import { Empty } from "../../../ui/notice.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { useSaid, useWords } from "../../words.ts";
import classes from "./drills.module.css";
import type { DrillItem } from "./queries.ts";
import { calendarOf } from "./transform.ts";

const weeks = 4;

/** What comes in the next weeks, day by day. */
export function Calendar({ items, onTry }: { items: readonly DrillItem[]; onTry: (slug: string) => void }) {
  const t = useWords();
  const said = useSaid();
  const locale = useLocale();
  const today = new Date();
  const days = calendarOf(items, today, weeks);
  const dayName = new Intl.DateTimeFormat(locale, { weekday: "short", month: "numeric", day: "numeric" });
  return (
    <Panel title={t("drills.calendar")} note={t("drills.calendarNote")} flush>
      {items.some(({ scheduled }) => scheduled) ? (
        <ol className={classes.calendar}>
          {days.map(({ day, planned }) => (
            <li
              key={day.toISOString()}
              className={classes.day}
              data-empty={planned.length === 0 || undefined}
              data-today={day.toDateString() === today.toDateString() || undefined}
            >
              <span className={classes.muted}>{dayName.format(day)}</span>
              {planned.map(({ drill }) => (
                <button
                  key={drill.slug}
                  type="button"
                  className={classes.planned}
                  onClick={() => onTry(drill.slug)}
                >
                  {said(drill.title)}
                </button>
              ))}
            </li>
          ))}
        </ol>
      ) : (
        <Empty title={t("drills.noneScheduled")}>{t("drills.noneScheduledText")}</Empty>
      )}
    </Panel>
  );
}
