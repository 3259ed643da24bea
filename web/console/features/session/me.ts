import type { Permission } from "@orderwatch/shared/ops/roles.ts";
import type { OpsRoutes } from "@orderwatch/shared/ops/routes.ts";
import type { ReplyOf } from "@orderwatch/shared/route.ts";
import { queryOptions, useSuspenseQuery } from "@tanstack/react-query";
import { api } from "../../api.ts";

export type Me = ReplyOf<OpsRoutes["me"]>;

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: ({ signal }) => api.me({ signal }),
  staleTime: 5 * 60_000,
});

/** Who is signed in; the shell's loader has fetched it before anything asks. */
export const useMe = (): Me => useSuspenseQuery(meQuery).data;

export function useMay(): (permission: Permission) => boolean {
  const { permissions } = useMe();
  return (permission) => permissions.includes(permission);
}
