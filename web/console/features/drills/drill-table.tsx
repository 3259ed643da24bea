import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { Sparkline } from "../../../ui/sparkline.tsx";
import { Status } from "../../../ui/status.tsx";
import table from "../../../ui/table.module.css";
import { api } from "../../api.ts";
import { useFormats, useSaid, useWords } from "../../words.ts";
import { useMay } from "../session/me.ts";
import { Refused } from "../session/refused.tsx";
import classes from "./drills.module.css";
import type { DrillItem } from "./queries.ts";
import { levelOf, scoreLevel } from "./transform.ts";
import { useDrillWords } from "./use-drill-words.ts";

/** Every drill: what it breaks, for whom, how it went, and when it comes again. */
export function DrillTable({ items, onTry }: { items: readonly DrillItem[]; onTry: (slug: string) => void }) {
  const t = useWords();
  return (
    <table className={`${table.table} ${classes.drills}`}>
      <thead>
        <tr>
          <th>{t("drills.drill")}</th>
          <th>{t("drills.breaks")}</th>
          <th>{t("drills.last")}</th>
          <th>{t("drills.scheduled")}</th>
          <th>
            <span className={classes.hidden}>{t("drills.try")}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <Row key={item.drill.slug} item={item} onTry={() => onTry(item.drill.slug)} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ item, onTry }: { item: DrillItem; onTry: () => void }) {
  const t = useWords();
  const said = useSaid();
  const formats = useFormats();
  const words = useDrillWords();
  const { drill, last, trend, source } = item;
  return (
    <tr data-drill={drill.slug}>
      <th scope="row" className={classes.name}>
        <strong>{said(drill.title)}</strong>
        <span className={classes.muted}>
          {source === "replay" ? `${t("drills.replaySource")} · ` : ""}
          {said(drill.belief)}
        </span>
      </th>
      <td className={classes.breaks} data-label={t("drills.breaks")}>
        <ul className={classes.plain}>
          {drill.faults.map(words.fault).map((fault) => (
            <li key={fault}>{fault}</li>
          ))}
        </ul>
        <span className={classes.muted}>{words.radius(drill)}</span>
      </td>
      <td data-label={t("drills.last")}>
        {last === null ? (
          <span className={classes.muted}>{t("drills.never")}</span>
        ) : (
          <Link to="/drills/runs/$id" params={{ id: last.id }} className={classes.last}>
            {last.score === null ? (
              <Status level={levelOf(last)}>{t(`drills.state.${last.state}`)}</Status>
            ) : (
              <Status level={scoreLevel(last.score)}>{formats.count(Math.round(last.score))}</Status>
            )}
            {trend.length > 1 ? <Sparkline values={trend.map(({ score }) => score)} width={56} /> : null}
          </Link>
        )}
      </td>
      <td data-label={t("drills.scheduled")}>
        <Schedule item={item} />
      </td>
      <td>
        <Button size="xs" variant="default" onClick={onTry}>
          {t("drills.try")}
        </Button>
      </td>
    </tr>
  );
}

function Schedule({ item: { drill, scheduled, nextAt } }: { item: DrillItem }) {
  const t = useWords();
  const said = useSaid();
  const formats = useFormats();
  const queries = useQueryClient();
  const may = useMay()("drills.run");
  // Of its own, since a mutation tells of itself only after the click is over, and the box would jump back until then.
  const [wanted, setWanted] = useState<boolean | null>(null);
  const change = useMutation({
    mutationFn: (on: boolean) => api.changeDrill({ params: { slug: drill.slug }, body: { scheduled: on } }),
    onSettled: async () => {
      await queries.invalidateQueries({ queryKey: ["drills", "list"] });
      setWanted(null);
    },
  });
  if (!drill.schedule) return <span className={classes.muted}>{t("drills.noSchedule")}</span>;
  return (
    <label className={classes.schedule}>
      <input
        type="checkbox"
        checked={wanted ?? scheduled}
        disabled={!may || wanted !== null}
        aria-label={t("drills.optIn", { drill: said(drill.title) })}
        onChange={({ currentTarget: { checked } }) => {
          setWanted(checked);
          change.mutate(checked);
        }}
      />
      <span className={scheduled ? undefined : classes.muted}>
        {nextAt === null ? drill.schedule.cron : t("drills.next", { time: formats.moment(nextAt) })}
      </span>
      <Refused error={change.error} />
    </label>
  );
}
