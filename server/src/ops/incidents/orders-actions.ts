import { Id } from "@orderwatch/shared/ids.ts";
import type {
  ActOnOrders,
  AffectedOrder,
  AffectedOrdersQuery,
  OrderActionResults,
  OrderOutcome,
} from "@orderwatch/shared/ops/incidents.ts";
import { may, type Role } from "@orderwatch/shared/ops/roles.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { OrderStatus } from "@orderwatch/shared/shop/orders.ts";
import { type AuditContext, audited } from "../audit/actions.ts";
import { type RepairContext, redeliverOrder, refundOrder } from "../orders/actions.ts";
import { applyChange, type IncidentContext, lockIncident } from "./change-actions.ts";
import { outcomeOf } from "./domain.ts";
import * as orders from "./orders-store.ts";
import type { ByStaff } from "./staff-actions.ts";
import { read } from "./store.ts";
import { readAffected } from "./views-actions.ts";

type OrdersContext = IncidentContext & AuditContext & { repairs: RepairContext };

const statusesOf: Record<OrderOutcome, { statuses: OrderStatus[] | null; waived: boolean | null }> = {
  unreconciled: {
    statuses: ["paid", "under_review", "delivering", "delivery_failed", "refunding"],
    waived: false,
  },
  waiting: { statuses: ["awaiting_payment"], waived: false },
  delivered: { statuses: ["delivered"], waived: null },
  refunded: { statuses: ["refunded"], waived: null },
  unpaid: { statuses: ["expired", "cancelled"], waived: null },
  waived: {
    statuses: ["awaiting_payment", "paid", "under_review", "delivering", "delivery_failed", "refunding"],
    waived: true,
  },
};

/** Newest first. Throws `incident.not_found`, or `request.invalid` for a cursor that is not ours. */
export async function listOrders(
  { db }: Pick<IncidentContext, "db">,
  incidentId: string,
  { cursor, limit, outcome }: AffectedOrdersQuery,
): Promise<{ items: AffectedOrder[]; nextCursor: string | null }> {
  if (cursor !== undefined && !Id.safeParse(cursor).success)
    throw new DomainError("request.invalid", "cursor: not one of ours", {
      errors: [{ path: "cursor", message: "not one of ours" }],
    });
  if (!(await read(db.sql, incidentId)))
    throw new DomainError("incident.not_found", `No incident ${incidentId}`);
  const wanted = outcome === undefined ? { statuses: null, waived: null } : statusesOf[outcome];
  const rows = await orders.listAffected(db.sql, {
    ...{ incidentId, ...wanted, before: cursor ?? null, limit: limit + 1 },
  });
  const page = rows.slice(0, limit);
  return {
    items: page.map(({ waived, createdAt, ...row }) => ({
      ...row,
      createdAt: createdAt.toISOString(),
      outcome: outcomeOf(row.status, waived),
    })),
    nextCursor: rows.length > limit ? (page.at(-1)?.orderId ?? null) : null,
  };
}

type Result = OrderActionResults["results"][number];

/**
 * Repairs affected orders one after the other through the ordinary repairs, each by itself: one that is refused says why
 * and holds none of the others up. Throws `incident.not_found`, or `session.forbidden` where the role may not refund.
 */
export async function actOnOrders(
  context: OrdersContext,
  by: ByStaff & { role: Role },
  incidentId: string,
  given: ActOnOrders,
): Promise<OrderActionResults> {
  const { sql } = context.db;
  const { action, orderIds, reason, despiteSupplier } = given;
  if (action === "refund" && !may(by.role, "orders.refund"))
    throw new DomainError("session.forbidden", `This needs orders.refund, which ${by.role} has not`);
  const incident = await read(sql, incidentId);
  if (!incident) throw new DomainError("incident.not_found", `No incident ${incidentId}`);
  const affected = await orders.affectedAmong(sql, incidentId, orderIds);
  const results: Result[] = [];
  for (const orderId of orderIds) {
    try {
      if (!affected.has(orderId)) throw new DomainError("order.not_found", "This incident did not affect it");
      await act(context, by, { incidentId, orderId, action, reason, despiteSupplier });
      results.push({ orderId, ok: true, code: null, detail: null });
    } catch (error) {
      if (!(error instanceof DomainError)) {
        context.log.error({ err: error, orderId, action }, "an affected order could not be repaired");
        results.push({ orderId, ok: false, code: "server.failed", detail: null });
      } else results.push({ orderId, ok: false, code: error.code, detail: error.message });
    }
  }
  await noteResults(context, by, incidentId, given, results);
  return { results, affected: await readAffected(sql, incident) };
}

async function act(
  context: OrdersContext,
  by: ByStaff,
  wanted: Omit<ActOnOrders, "orderIds"> & { incidentId: string; orderId: string },
): Promise<void> {
  const { incidentId, orderId, action, reason, despiteSupplier } = wanted;
  if (action === "redeliver") await redeliverOrder(context.repairs, by, orderId, { reason });
  else if (action === "refund") await refundOrder(context.repairs, by, orderId, { reason, despiteSupplier });
  else
    await audited(context, by, async ({ sql }) => {
      const now = context.clock.now();
      const isNew = await orders.waive(sql, { incidentId, orderId, by: by.staff, reason, now });
      if (!isNew) throw new DomainError("incident.conflict", "It was waived before");
      const target = { kind: "order", id: orderId };
      return {
        result: undefined,
        note: { action: "order.waived", target, reason, facts: { incident: incidentId } },
      };
    });
}

async function noteResults(
  context: IncidentContext,
  by: ByStaff,
  id: string,
  { action, reason }: ActOnOrders,
  results: readonly Result[],
): Promise<void> {
  const done = results.filter((result) => result.ok);
  await context.db.transaction(async (sql) => {
    await lockIncident(sql, id);
    const facts = { action, done: done.length, refused: results.length - done.length };
    const links = done.map(({ orderId }) => ({ kind: "order" as const, id: orderId }));
    const note = { type: "orders.acted", by: by.staff, text: reason, facts, links };
    await applyChange(context, sql, id, {}, [note], context.clock.now());
  });
}
