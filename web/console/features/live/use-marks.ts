import { queryOptions, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useLocale } from "../../../lib/i18n/use-locale.ts";
import { api } from "../../api.ts";
import { useWords } from "../../words.ts";
import { useMay } from "../session/me.ts";
import type { ChartMark } from "./line-charts.tsx";
import { type Mark, marksOf } from "./marks.ts";

const refreshMs = 5_000;
/** More than an hour ever has; the charts show no longer. */
const atMost = 20;

const incidentsQuery = queryOptions({
  queryKey: ["incidents", "marks"],
  queryFn: ({ signal }) => api.listIncidents({ query: { limit: atMost }, signal }),
  refetchInterval: refreshMs,
});
const runsQuery = queryOptions({
  queryKey: ["drills", "marks"],
  queryFn: ({ signal }) => api.listDrillRuns({ query: { limit: atMost }, signal }),
  refetchInterval: refreshMs,
});
const none: Mark[] = [];

/** Incidents and drills as marks of the charts' time axis, oldest first. The same array until something happens. */
export function useMarks(): readonly ChartMark[] {
  const t = useWords();
  const locale = useLocale();
  const may = useMay();
  const incidents = useQuery({ ...incidentsQuery, enabled: may("incidents.read") }).data?.items;
  const runs = useQuery({ ...runsQuery, enabled: may("drills.read") }).data?.items;
  const marks = useMemo(
    () => (incidents === undefined && runs === undefined ? none : marksOf(incidents ?? [], runs ?? [])),
    [incidents, runs],
  );
  return useMemo(
    () =>
      marks.map(({ key, kind, at, title, number }) => ({
        ...{ key, kind, at },
        label: kind === "drill" ? t("live.mark.drill") : `#${number}`,
        text:
          kind === "drill"
            ? t("live.mark.drillText", { title: title[locale] })
            : t("live.mark.incidentText", { number: number ?? 0, title: title[locale] }),
      })),
    [marks, t, locale],
  );
}
