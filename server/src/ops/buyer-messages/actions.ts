import type { BuyerDraft, BuyerMessage, ProposeBuyerMessage } from "@orderwatch/shared/ops/buyer-messages.ts";
import type { Incident } from "@orderwatch/shared/ops/incidents.ts";
import { may, roles } from "@orderwatch/shared/ops/roles.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import type { Sql } from "../../platform/db.ts";
import { faultPoint } from "../../platform/faultpoint.ts";
import type { Logger } from "../../platform/log.ts";
import { type AuditContext, audited, type By } from "../audit/actions.ts";
import type { Notify } from "../notify/actions.ts";
import { isChannel, struckPart } from "../status/actions.ts";
import { draftOf, mayAlone, mayApprove, needsApproval, obstacleOf } from "./domain.ts";
import * as store from "./store.ts";

interface Person {
  id: string;
  name: string;
}
type ByStaff = By & { staff: Person };

/** What is asked of incidents; whoever composes the console hands it in. */
export interface ToldIncidents {
  /** Throws `incident.not_found`. */
  read(
    id: string,
  ): Promise<
    Pick<Incident, "id" | "level" | "state" | "rule" | "labels" | "startedAt" | "drill" | "commander">
  >;
  /** Whether it is a surprise drill's that is not over: people take it for a real one, and no buyer may. */
  passesForReal(sql: Sql, id: string): Promise<boolean>;
  /** Adds to the timeline, within the caller's transaction. */
  note(
    sql: Sql,
    incidentId: string,
    entry: { type: string; by: Person | null; text: Words; facts: Record<string, string | number> },
  ): Promise<unknown>;
}

export interface BuyerMessagesContext extends AuditContext {
  log: Logger;
  notify: Pick<Notify, "tellBuyers" | "tellAgain" | "reachBuyers" | "callOff" | "broadcast">;
  incidents: ToldIncidents;
  /** The public status page, a whole address. */
  statusUrl: string;
}

/** What a message's notifications go by in the outbox. */
export const broadcastOf = (messageId: string): string => `buyers:${messageId}`;

const conflict = (detail: string) => new DomainError("buyer_message.conflict", detail);

/** Newest first. Throws `incident.not_found`. */
export async function listBuyerMessages(
  context: BuyerMessagesContext,
  incidentId: string,
): Promise<{ items: BuyerMessage[]; nextCursor: null }> {
  await context.incidents.read(incidentId);
  const rows = await store.listOf(context.db.sql, incidentId);
  return {
    items: await Promise.all(rows.map((row) => toView(context, context.db.sql, row))),
    nextCursor: null,
  };
}

/** What telling the buyers of an incident would do now, if `by` did it. Throws `incident.not_found`. */
export async function readBuyerDraft(
  context: BuyerMessagesContext,
  by: Person,
  incidentId: string,
): Promise<BuyerDraft> {
  const { sql } = context.db;
  const incident = await context.incidents.read(incidentId);
  const told = await store.listOf(sql, incidentId);
  const isTold = told.some(({ kind, state }) => kind === "trouble" && state !== "withdrawn");
  const words = draftOf({
    part: struckPart(incident.rule, incident.labels),
    isPayment: isChannel(incident.rule, incident.labels),
    startedAt: new Date(incident.startedAt),
  });
  const besides = await besidesOf(sql, incidentId);
  const needed = needsApproval(incident.level);
  const alone = { byId: by.id, commanderId: incident.commander?.id ?? null };
  return {
    ...words,
    reach: await context.notify.reachBuyers(sql, await store.listAffected(sql, incidentId), besides),
    needsApproval: needed,
    mayApproveAlone: needed && mayAlone({ ...alone, othersMay: await othersMay(sql, by.id) }),
    obstacle: obstacleOf({ state: incident.state, drill: incident.drill, isTold }),
  };
}

/** Whoever was told of an incident that was merged into this one has heard of it. */
async function besidesOf(sql: Sql, incidentId: string, own?: string): Promise<string[]> {
  const told = await store.listTold(sql, incidentId);
  return told.filter(({ id }) => id !== own).map(({ id }) => broadcastOf(id));
}

export { besidesOf as broadcastsBesides };

const mayTell = roles.filter((role) => may(role, "status.publish"));
const othersMay = (sql: Sql, byId: string) => store.hasOthers(sql, byId, mayTell);

/**
 * Tells the buyers of an incident's affected orders, or at level 1 asks a colleague to approve it; the same `id` again is the
 * same message. Throws `incident.not_found`, and `buyer_message.conflict` where they cannot be told now.
 */
export async function proposeBuyerMessage(
  context: BuyerMessagesContext,
  by: ByStaff,
  incidentId: string,
  wanted: ProposeBuyerMessage & { id?: string },
): Promise<BuyerMessage> {
  const { level, state, drill } = await context.incidents.read(incidentId);
  const obstacle = obstacleOf({ state, drill, isTold: false });
  if (obstacle) throw conflict(obstacle.en);
  const needed = needsApproval(level);
  return await audited(context, by, async (within) => {
    const now = context.clock.now();
    const { id, name } = by.staff;
    const row: store.MessageRow = {
      ...{
        id: wanted.id ?? context.newId(),
        incidentId,
        kind: "trouble",
        title: wanted.title,
        text: wanted.text,
      },
      ...{ needsApproval: needed, authorId: id, author: name, reason: null, proposedAt: now },
      ...{ toldOrders: 0, settledAt: null },
      ...(needed
        ? { state: "proposed", deciderId: null, decider: null, sentAt: null }
        : { state: "sent", deciderId: id, decider: name, sentAt: now }),
    };
    if (!(await store.add(within.sql, row)))
      throw conflict("They were told already, or a message waits for approval");
    return await recorded(context, within.sql, by, row, needed ? "proposed" : "sent");
  });
}

/**
 * A second person's word, or its author's alone where nobody else may give it. Throws `buyer_message.not_found`,
 * `buyer_message.approval_needed`, and `buyer_message.conflict` when it was decided on.
 */
export async function approveBuyerMessage(
  context: BuyerMessagesContext,
  by: ByStaff,
  at: { incidentId: string; id: string },
  reason: string | undefined,
): Promise<BuyerMessage> {
  const { commander, state } = await context.incidents.read(at.incidentId);
  const done = await audited(context, by, async (within) => {
    const { sql } = within;
    const known = await found(sql, at);
    const obstacle = obstacleOf({ state, drill: false, isTold: false });
    if (obstacle) throw conflict(obstacle.en);
    const isAllowed = mayApprove({
      ...{ authorId: known.authorId, byId: by.staff.id, reason, commanderId: commander?.id ?? null },
      othersMay: await othersMay(sql, by.staff.id),
    });
    if (known.state === "proposed" && !isAllowed)
      throw new DomainError(
        "buyer_message.approval_needed",
        "Somebody else than its author has to approve it; where nobody else may, who has the command, with a reason",
      );
    const alone = known.authorId === by.staff.id ? (reason ?? null) : null;
    const row = await store.decide(sql, at.id, {
      ...{ state: "sent", by: by.staff, reason: alone, at: context.clock.now() },
    });
    if (!row) throw conflict(`The message is ${known.state} already`);
    return await recorded(context, sql, by, row, "approved");
  });
  await faultPoint("buyers.approved");
  return done;
}

/** Throws as `approveBuyerMessage`; its author may withdraw it as well. */
export async function withdrawBuyerMessage(
  context: BuyerMessagesContext,
  by: ByStaff,
  at: { incidentId: string; id: string },
): Promise<BuyerMessage> {
  return await audited(context, by, async ({ sql }) => {
    const known = await found(sql, at);
    const decision = { state: "withdrawn" as const, by: by.staff, reason: null, at: context.clock.now() };
    const row = await store.decide(sql, at.id, decision);
    if (!row) throw conflict(`The message is ${known.state} already`);
    return await recorded(context, sql, by, row, "withdrawn");
  });
}

async function found(sql: Sql, at: { incidentId: string; id: string }): Promise<store.MessageRow> {
  const row = await store.read(sql, at.incidentId, at.id);
  if (!row) throw new DomainError("buyer_message.not_found", "This incident has no such message");
  return row;
}

async function recorded(
  context: BuyerMessagesContext,
  sql: Sql,
  by: ByStaff,
  row: store.MessageRow,
  done: "proposed" | "sent" | "approved" | "withdrawn",
) {
  const action = `buyers.${done}`;
  const facts = { message: row.id, ...(row.reason === null ? {} : { reason: row.reason }) };
  await context.incidents.note(sql, row.incidentId, { type: action, by: by.staff, text: row.text, facts });
  const target = { kind: "incident", id: row.incidentId };
  const reason = row.reason ?? undefined;
  return { result: await toView(context, sql, row), note: { action, target, facts, reason } };
}

async function toView(
  { notify }: BuyerMessagesContext,
  sql: Sql,
  { authorId, author, deciderId, decider, toldOrders: _, ...row }: store.MessageRow,
): Promise<BuyerMessage> {
  const outcome = await notify.broadcast(sql, broadcastOf(row.id));
  return {
    ...row,
    author: authorId === null || author === null ? null : { id: authorId, name: author },
    decider: deciderId === null || decider === null ? null : { id: deciderId, name: decider },
    proposedAt: row.proposedAt.toISOString(),
    sentAt: row.sentAt?.toISOString() ?? null,
    settledAt: row.settledAt?.toISOString() ?? null,
    buyers: Object.values(outcome).reduce((sum, n) => sum + n, 0),
    outcome,
  };
}
