import { Button } from "@mantine/core";
import type { Shift } from "@orderwatch/shared/ops/oncall.ts";
import { sayName } from "@orderwatch/shared/ops/oncall-names.ts";
import { useQuery } from "@tanstack/react-query";
import { Empty } from "../../../ui/notice.tsx";
import { Panel } from "../../../ui/panel.tsx";
import { useSaid, useWords } from "../../words.ts";
import { Refused } from "../session/refused.tsx";
import { barsOf, coming, tintOf } from "./lanes.ts";
import classes from "./oncall.module.css";
import { Overrides } from "./overrides.tsx";
import { scheduleQuery } from "./queries.ts";
import type { Rota } from "./rota.ts";
import { useDayWords, useMomentWords } from "./use-moment-words.ts";

const tints = 6;

export type Asked =
  | { what: "override"; rota: Rota; from?: string | undefined; until?: string | undefined }
  | { what: "swap"; rota: Rota; shifts: readonly Shift[] }
  | { what: "rota" | "holidays" | "delete"; rota: Rota };

/** A rota's coming two weeks, exactly as the pager would find them. */
export function Schedule({
  rota,
  mayOverride,
  mayWrite,
  onAsk,
}: {
  rota: Rota;
  mayOverride: boolean;
  mayWrite: boolean;
  onAsk: (asked: Asked) => void;
}) {
  const t = useWords();
  const say = useSaid();
  const days = useDayWords();
  const moment = useMomentWords();
  const now = new Date();
  const span = coming(now);
  const schedule = useQuery(scheduleQuery(rota.id, span.from.toISOString(), span.until.toISOString()));
  const shifts = schedule.data?.shifts ?? [];
  const nowAt = ((now.getTime() - span.from.getTime()) / (span.until.getTime() - span.from.getTime())) * 100;
  const source = (shift: Shift) =>
    shift.source.kind === "layer"
      ? say(sayName(rota.layers[shift.source.layer]?.name ?? ""))
      : t(`oncall.source.${shift.source.kind}`);
  return (
    <Panel
      title={t("oncall.schedule", { rota: say(sayName(rota.name)) })}
      note={t("oncall.zone", { zone: rota.timeZone })}
      flush
      aside={
        <>
          {mayWrite ? (
            <>
              <Button size="xs" variant="default" onClick={() => onAsk({ what: "delete", rota })}>
                {t("rota.delete")}
              </Button>
              <Button size="xs" variant="default" onClick={() => onAsk({ what: "holidays", rota })}>
                {t("holidays.button", { count: rota.holidays?.length ?? 0 })}
              </Button>
              <Button size="xs" variant="default" onClick={() => onAsk({ what: "rota", rota })}>
                {t("oncall.changeRota")}
              </Button>
            </>
          ) : null}
          {mayOverride ? (
            <>
              <Button
                size="xs"
                variant="default"
                disabled={shifts.length === 0}
                onClick={() => onAsk({ what: "swap", rota, shifts })}
              >
                {t("oncall.swap")}
              </Button>
              <Button size="xs" onClick={() => onAsk({ what: "override", rota })}>
                {t("oncall.override")}
              </Button>
            </>
          ) : null}
        </>
      }
    >
      {schedule.data === undefined ? (
        schedule.error === null ? (
          <Empty title={t("app.loading")} />
        ) : (
          <Refused error={schedule.error} />
        )
      ) : (
        <div className={classes.calendar}>
          <div className={classes.days} aria-hidden="true">
            {span.days.map((day) => {
              const { weekday, number } = days(day);
              return (
                <span key={day.getTime()} data-weekend={day.getDay() % 6 === 0 || undefined}>
                  {weekday} <b>{number}</b>
                </span>
              );
            })}
          </div>
          <ol className={classes.lane}>
            {barsOf(shifts, span.from, span.until).map(({ shift, left, width }) => {
              const name = shift.person?.name ?? t("oncall.nobody");
              const text = t("oncall.shift", {
                name,
                from: moment(shift.from),
                until: moment(shift.until),
                source: source(shift),
              });
              return (
                <li
                  key={shift.from}
                  className={classes.bar}
                  style={{ left: `${left}%`, width: `${width}%` }}
                  data-tint={shift.person === null ? "gap" : tintOf(shift.person.id, tints)}
                  data-source={shift.source.kind}
                  title={text}
                >
                  <span aria-hidden="true">
                    {shift.source.kind === "override" || shift.source.kind === "swap" ? "⇄ " : ""}
                    {name}
                  </span>
                  <span className="ow-unseen">{text}</span>
                </li>
              );
            })}
            <li className={classes.now} style={{ left: `${nowAt}%` }} aria-hidden="true" />
          </ol>
          <Agenda shifts={shifts} source={source} />
        </div>
      )}
      <Overrides rota={rota} mayOverride={mayOverride} />
    </Panel>
  );
}

/** The same shifts line by line, where the strip is too narrow to read. */
function Agenda({ shifts, source }: { shifts: readonly Shift[]; source: (shift: Shift) => string }) {
  const t = useWords();
  const moment = useMomentWords();
  return (
    <ul className={classes.agenda} aria-hidden="true">
      {shifts.map((shift) => (
        <li key={shift.from}>
          <strong>{shift.person?.name ?? t("oncall.nobody")}</strong>
          <span>
            {moment(shift.from)} – {moment(shift.until)}
          </span>
          <span>{source(shift)}</span>
        </li>
      ))}
    </ul>
  );
}
