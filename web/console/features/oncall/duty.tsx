import type { OnDuty } from "@orderwatch/shared/ops/oncall.ts";
import { sayName } from "@orderwatch/shared/ops/oncall-names.ts";
import { LevelIcon } from "../../../ui/status.tsx";
import { useFormats, useSaid, useWords } from "../../words.ts";
import classes from "./oncall.module.css";
import { useMomentWords } from "./use-moment-words.ts";

/** Who is called now, per rota, until when, and who comes after. */
export function Duty({ duties }: { duties: readonly OnDuty[] }) {
  const t = useWords();
  const say = useSaid();
  const formats = useFormats();
  const moment = useMomentWords();
  return (
    <ul className={classes.duties}>
      {duties.map(({ rotaId, rota, person, until, next }) => (
        <li key={rotaId} className={classes.duty}>
          <span className={classes.rota}>{say(sayName(rota))}</span>
          <strong className={classes.person} data-nobody={person === null || undefined}>
            {person === null ? (
              <>
                <LevelIcon level="bad" size={16} /> {t("oncall.nobody")}
              </>
            ) : (
              person.name
            )}
          </strong>
          <span className={classes.until}>
            {next === null && person !== null
              ? t("oncall.noNext")
              : `${t("oncall.until", { time: moment(until) })} · ${formats.zone(new Date())}`}
          </span>
          {next === null ? null : (
            <span className={classes.until}>
              {t("oncall.next", { name: next.person.name, time: moment(next.from) })}
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}
