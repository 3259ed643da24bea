import type { FunnelStep } from "@orderwatch/shared/ops/funnel-steps.ts";
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "../../api.ts";
import { type PathsSearch, rangeMs } from "./search.ts";

const againMs = 60_000;
const pageSize = 25;

const visitsOf = ({ origin, device, sku, method }: PathsSearch) => ({
  ...(origin === undefined ? {} : { origin }),
  ...(device === undefined ? {} : { device }),
  ...(sku === undefined ? {} : { sku }),
  ...(method === undefined ? {} : { method }),
});

/** The funnel of the window that ends now; counted anew each minute. */
export const funnelQuery = (search: PathsSearch) => {
  const range = search.range ?? "hour";
  return queryOptions({
    queryKey: ["funnel", range, visitsOf(search)],
    queryFn: ({ signal }) => {
      const now = Date.now();
      return api.readFunnel({
        query: {
          ...visitsOf(search),
          from: new Date(now - rangeMs[range]).toISOString(),
          to: new Date(now).toISOString(),
        },
        signal,
      });
    },
    refetchInterval: againMs,
    placeholderData: keepPreviousData,
  });
};

/** The visits behind a step of exactly that window, so that they are as many as it says. */
export const visitsQuery = (
  search: PathsSearch,
  reached: FunnelStep,
  window: { from: string; to: string } | undefined,
) =>
  infiniteQueryOptions({
    queryKey: ["visits", visitsOf(search), reached, search.code, window],
    queryFn: ({ pageParam, signal }) =>
      api.listVisits({
        query: {
          ...visitsOf(search),
          from: window?.from ?? "",
          to: window?.to ?? "",
          reached,
          ...(search.code === undefined ? {} : { code: search.code }),
          ...(pageParam === null ? {} : { cursor: pageParam }),
          limit: pageSize,
        },
        signal,
      }),
    enabled: window !== undefined,
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: keepPreviousData,
  });
