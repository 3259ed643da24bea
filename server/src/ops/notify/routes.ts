import type { OpsRoutes } from "@orderwatch/shared/ops/routes.ts";
import type { Parsed } from "../../platform/http/endpoint.ts";
import type { Vapid } from "../../platform/vapid.ts";
import type { PagingAuditor } from "./audit-actions.ts";
import { listNotifications, readMessage } from "./list-actions.ts";
import {
  addContactPoint,
  arrangeContactPoints,
  listContactPoints,
  type PointsContext,
  removeContactPoint,
  verifyContactPoint,
} from "./point-actions.ts";

type ByStaff = { staff: { id: string; name: string } };

export interface NotifyRoutesContext extends PointsContext {
  vapid: Vapid;
  auditor: PagingAuditor;
}

/** Handlers of the routes of messages and contact points, by their names in the contract. */
export function notifyHandlers(context: NotifyRoutesContext) {
  return {
    listContactPoints: ({ staff }: ByStaff) => listContactPoints(context, staff.id),
    addContactPoint: ({ body, staff, request }: Parsed<OpsRoutes["addContactPoint"]> & ByStaff) =>
      addContactPoint(context, { staff, requestId: request.id }, body),
    verifyContactPoint: ({
      params,
      body,
      staff,
      request,
    }: Parsed<OpsRoutes["verifyContactPoint"]> & ByStaff) =>
      verifyContactPoint(context, { staff, requestId: request.id }, params.id, body.code),
    arrangeContactPoints: ({ body, staff }: Parsed<OpsRoutes["arrangeContactPoints"]> & ByStaff) =>
      arrangeContactPoints(context, staff.id, body.ids),
    removeContactPoint: ({ params, staff, request }: Parsed<OpsRoutes["removeContactPoint"]> & ByStaff) =>
      removeContactPoint(context, { staff, requestId: request.id }, params.id),
    readPushKey: async () => ({ publicKey: context.vapid.publicKey }),
    readMailbox: ({ query, staff }: Parsed<OpsRoutes["readMailbox"]> & ByStaff) =>
      listNotifications(context, staff.id, query),
    markRead: ({ params, staff }: Parsed<OpsRoutes["markRead"]> & ByStaff) =>
      readMessage(context, staff.id, params.id),
    listNotifications: ({ query }: Parsed<OpsRoutes["listNotifications"]>) =>
      listNotifications(context, null, query),
    readPagingHealth: async () => context.auditor.health(),
  };
}
