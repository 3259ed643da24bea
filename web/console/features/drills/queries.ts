import type { OpsRoutes } from "@orderwatch/shared/ops/routes.ts";
import type { ReplyOf } from "@orderwatch/shared/route.ts";
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "../../api.ts";

const pageSize = 30;
/** The socket tells of changes as they happen; this only covers for one that could not connect. */
const fallbackMs = 15_000;

/** A drill as the list gives it; what its file leaves out has its usual value. */
export type DrillItem = ReplyOf<OpsRoutes["listDrills"]>["items"][number];
export type Drill = DrillItem["drill"];
export type Fault = Drill["faults"][number];
export type Run = ReplyOf<OpsRoutes["readDrillRun"]>;
export type RunSummary = ReplyOf<OpsRoutes["listDrillRuns"]>["items"][number];

export const drillsQuery = queryOptions({
  queryKey: ["drills", "list"],
  queryFn: ({ signal }) => api.listDrills({ signal }),
  refetchInterval: fallbackMs,
});

export const drillRunsQuery = (slug?: string) =>
  infiniteQueryOptions({
    queryKey: ["drills", "runs", slug ?? "all"],
    queryFn: ({ pageParam, signal }) =>
      api.listDrillRuns({
        query: {
          limit: pageSize,
          ...(slug === undefined ? {} : { slug }),
          ...(pageParam === null ? {} : { cursor: pageParam }),
        },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });

export const drillRunQuery = (id: string) =>
  queryOptions({
    queryKey: ["drills", "run", id],
    queryFn: ({ signal }) => api.readDrillRun({ params: { id }, signal }),
    refetchInterval: fallbackMs,
  });

/** `revision` is part of the key: each step adds to it. */
export const journalQuery = (id: string, revision: number) =>
  queryOptions({
    queryKey: ["drills", "journal", id, revision],
    queryFn: ({ signal }) => api.readDrillJournal({ params: { id }, signal }),
    placeholderData: keepPreviousData,
  });

export const dryRunQuery = (slug: string) =>
  queryOptions({
    queryKey: ["drills", "dry", slug],
    queryFn: ({ signal }) => api.dryRunDrill({ params: { slug }, signal }),
    staleTime: 0,
    gcTime: 0,
    // What stands against it now may be over in a moment.
    refetchInterval: 3_000,
  });
