import type { ReconciliationRun } from "@orderwatch/shared/ops/reconciliation.ts";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api } from "../../api.ts";

const pageSize = 50;
/** While something is being done, its next step is what the reader waits for. */
const busyMs = 1_000;

/** Whether a run moves on by itself this moment. */
export function isMoving(run: ReconciliationRun, now: Date): boolean {
  if (run.state === "running") return true;
  return run.state === "waiting" && run.nextAttemptAt !== null && new Date(run.nextAttemptAt) <= now;
}

export const runsQuery = infiniteQueryOptions({
  queryKey: ["reconciliation", "runs"],
  queryFn: ({ pageParam, signal }) =>
    api.listRuns({
      query: { limit: pageSize, ...(pageParam === null ? {} : { cursor: pageParam }) },
      signal,
    }),
  initialPageParam: null as string | null,
  getNextPageParam: (page) => page.nextCursor,
  refetchInterval: ({ state }) =>
    state.data?.pages.some((page) => page.items.some((run) => isMoving(run, new Date()))) ? busyMs : 30_000,
});

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ["reconciliation", "run", id],
    queryFn: ({ signal }) => api.readRun({ params: { id }, signal }),
    refetchInterval: ({ state }) => (state.data && isMoving(state.data, new Date()) ? busyMs : 30_000),
  });

/** What a run found; `finishedAt` is part of the key, since another pass finds anew. */
export const differencesQuery = (run: ReconciliationRun | undefined, show: "open" | "all") =>
  infiniteQueryOptions({
    queryKey: ["reconciliation", "differences", run?.id, run?.finishedAt, show],
    queryFn: ({ pageParam, signal }) =>
      api.listDifferences({
        params: { id: run?.id ?? "" },
        query: { limit: pageSize, state: show, ...(pageParam === null ? {} : { cursor: pageParam }) },
        signal,
      }),
    enabled: run !== undefined,
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.items.some((each) => each.state === "acting")) ? busyMs : false,
  });
