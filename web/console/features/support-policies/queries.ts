import { queryOptions } from "@tanstack/react-query";
import { api } from "../../api.ts";

/** What tickets promise, and when support works. */
export const supportPoliciesQuery = queryOptions({
  queryKey: ["support-policies"],
  queryFn: ({ signal }) => api.listSupportPolicies({ signal }),
});
