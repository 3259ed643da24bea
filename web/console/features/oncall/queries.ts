import { queryOptions } from "@tanstack/react-query";
import { api } from "../../api.ts";

/** A handoff is seen within seconds; schedules change by hand only. */
const followMs = 5_000;
const scheduleMs = 30_000;

export const onDutyQuery = queryOptions({
  queryKey: ["oncall", "duty"],
  queryFn: ({ signal }) => api.listOnDuty({ signal }),
  refetchInterval: followMs,
});

export const readinessQuery = queryOptions({
  queryKey: ["oncall", "readiness"],
  queryFn: ({ signal }) => api.readReadiness({ signal }),
  refetchInterval: followMs,
});

export const rotasQuery = queryOptions({
  queryKey: ["oncall", "rotas"],
  queryFn: ({ signal }) => api.listRotas({ signal }),
});

export const peopleQuery = queryOptions({
  queryKey: ["oncall", "people"],
  queryFn: ({ signal }) => api.listOnCallPeople({ signal }),
});

export const policiesQuery = queryOptions({
  queryKey: ["oncall", "policies"],
  queryFn: ({ signal }) => api.listPolicies({ signal }),
});

export const scheduleQuery = (id: string, from: string, until: string) =>
  queryOptions({
    queryKey: ["oncall", "schedule", id, from, until],
    queryFn: ({ signal }) => api.readSchedule({ params: { id }, query: { from, until }, signal }),
    refetchInterval: scheduleMs,
  });

export const overridesQuery = (id: string) =>
  queryOptions({
    queryKey: ["oncall", "overrides", id],
    queryFn: ({ signal }) => api.listOverrides({ params: { id }, signal }),
  });

/** Asked for again until it has arrived or nobody was reached. */
export const testPageQuery = (id: string) =>
  queryOptions({
    queryKey: ["oncall", "test-page", id],
    queryFn: ({ signal }) => api.readTestPage({ params: { id }, signal }),
    refetchInterval: ({ state }) =>
      state.data?.state === "reached" || state.data?.state === "exhausted" ? false : 1_000,
  });
