import { queryOptions } from "@tanstack/react-query";
import { api } from "../../api.ts";

/** Alerts come and go within a second of what they are about; the lists follow closely. */
const followMs = 2_000;
const pageSize = 50;

export const rulesQuery = queryOptions({
  queryKey: ["detection", "rules"],
  queryFn: ({ signal }) => api.listRules({ signal }),
  refetchInterval: followMs,
});

export const firingQuery = queryOptions({
  queryKey: ["detection", "alerts", "firing"],
  queryFn: ({ signal }) => api.listAlerts({ query: { state: "firing", limit: 200 }, signal }),
  refetchInterval: followMs,
});

export const ruleAlertsQuery = (rule: string) =>
  queryOptions({
    queryKey: ["detection", "alerts", rule],
    queryFn: ({ signal }) => api.listAlerts({ query: { rule, limit: 20 }, signal }),
    refetchInterval: followMs,
  });

export const ruleVersionsQuery = (slug: string) =>
  queryOptions({
    queryKey: ["detection", "versions", slug],
    queryFn: ({ signal }) => api.listRuleVersions({ params: { slug }, signal }),
  });

export const silencesQuery = queryOptions({
  queryKey: ["detection", "silences"],
  queryFn: ({ signal }) => api.listSilences({ query: { limit: pageSize }, signal }),
  refetchInterval: 10_000,
});

export const windowsQuery = queryOptions({
  queryKey: ["detection", "windows"],
  queryFn: ({ signal }) => api.listMaintenanceWindows({ query: { limit: pageSize }, signal }),
  refetchInterval: 10_000,
});
