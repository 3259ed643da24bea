import type { Sql } from "../../platform/db.ts";
import { faultPoint } from "../../platform/faultpoint.ts";
import { struckPart } from "../status/actions.ts";
import { type BuyerMessagesContext, broadcastOf, broadcastsBesides } from "./actions.ts";
import { allClearOf, isOpen } from "./domain.ts";
import * as store from "./store.ts";

/**
 * One pass over messages that are not at their end: whoever became affected is told, and when the incident has ended those
 * who were told get the all-clear. Each step is one transaction, so that one that was cut short is simply repeated.
 */
export async function advanceBuyerMessages(context: BuyerMessagesContext): Promise<void> {
  for (const id of await store.listMoving(context.db.sql)) {
    try {
      await context.db.transaction(async (sql) => {
        const row = await store.lockMoving(sql, id);
        if (!row) return;
        if (row.kind === "all_clear") await clear(context, sql, row);
        else await advance(context, sql, row);
      });
    } catch (error) {
      context.log.warn({ err: error, messageId: id }, "a message to buyers waits");
    }
  }
}

async function advance(context: BuyerMessagesContext, sql: Sql, row: store.MessageRow): Promise<void> {
  const root = await store.rootOf(sql, row.incidentId);
  if (!root) throw new Error(`incident ${row.incidentId} of a message is gone`);
  if (root.drill && (row.state === "sent" || isOpen(root.state))) return await holdBack(context, sql, row);
  const isMerged = root.id !== row.incidentId;
  if (row.state === "proposed") {
    if (isMerged || !isOpen(root.state)) await withdraw(context, sql, row);
    return;
  }
  if (!isOpen(root.state)) return await end(context, sql, row, root.id);
  // Orders of a merged incident are the other one's, and whoever leads that decides about them.
  if (!isMerged) await tell(context, sql, row);
}

/** A drill tells no buyer, whatever people were made to believe; they hear that of a surprise when it is over. */
async function holdBack(context: BuyerMessagesContext, sql: Sql, row: store.MessageRow): Promise<void> {
  if (await context.incidents.passesForReal(sql, row.incidentId)) return;
  await store.withhold(sql, row.id, context.clock.now());
  await context.incidents.note(sql, row.incidentId, {
    ...{ type: "buyers.withdrawn", by: null, facts: { message: row.id } },
    text: { "zh-CN": "这是演练，没有通知任何买家", en: "This was a drill: no buyer was told" },
  });
}

async function tell(context: BuyerMessagesContext, sql: Sql, row: store.MessageRow): Promise<void> {
  const affected = await store.countAffected(sql, row.incidentId);
  if (affected === row.toldOrders) return;
  await faultPoint("buyers.telling");
  const orderIds = await store.listAffected(sql, row.incidentId);
  const told = await context.notify.tellBuyers(sql, {
    ...{ incidentId: row.incidentId, key: broadcastOf(row.id), title: row.title, text: row.text },
    ...{ link: context.statusUrl, orderIds, besides: await broadcastsBesides(sql, row.incidentId, row.id) },
  });
  await store.setToldOrders(sql, row.id, orderIds.length);
  if (told > 0) await note(context, sql, row, "buyers.told", told);
  await faultPoint("buyers.told");
}

/** What has not left stays here; those whom it reached are owed the all-clear. */
async function end(
  context: BuyerMessagesContext,
  sql: Sql,
  row: store.MessageRow,
  rootId: string,
): Promise<void> {
  const now = context.clock.now();
  const key = broadcastOf(row.id);
  await context.notify.callOff(sql, key, "the incident ended before it left");
  const { sent, delivered, queued, sending } = await context.notify.broadcast(sql, key);
  if (sent + delivered > 0) {
    const incident = await context.incidents.read(rootId);
    await store.add(sql, {
      ...{ id: context.newId(), incidentId: rootId, kind: "all_clear", state: "sent", needsApproval: false },
      ...allClearOf(struckPart(incident.rule, incident.labels)),
      ...{ authorId: null, author: null, deciderId: null, decider: null, reason: null },
      ...{ proposedAt: now, sentAt: now, toldOrders: 0, settledAt: null },
    });
  }
  if (queued + sending === 0) await store.settle(sql, row.id, now);
}

async function clear(context: BuyerMessagesContext, sql: Sql, row: store.MessageRow): Promise<void> {
  await faultPoint("buyers.clearing");
  const troubles = await store.listTold(sql, row.incidentId);
  const told = await context.notify.tellAgain(sql, {
    ...{ incidentId: row.incidentId, key: broadcastOf(row.id), title: row.title, text: row.text },
    ...{ link: context.statusUrl, after: troubles.map(({ id }) => broadcastOf(id)) },
  });
  if (told > 0) await note(context, sql, row, "buyers.cleared", told);
  const { queued, sending } = await context.notify.broadcast(sql, broadcastOf(row.id));
  if (troubles.every(({ isSettled }) => isSettled) && queued + sending === 0)
    await store.settle(sql, row.id, context.clock.now());
}

async function withdraw(context: BuyerMessagesContext, sql: Sql, row: store.MessageRow): Promise<void> {
  const at = context.clock.now();
  await store.decide(sql, row.id, { state: "withdrawn", by: null, reason: null, at });
  await context.incidents.note(sql, row.incidentId, {
    ...{ type: "buyers.withdrawn", by: null, facts: { message: row.id } },
    text: {
      "zh-CN": "事故在批准前结束，买家没有收到通知",
      en: "The incident ended before this was approved; no buyer was told",
    },
  });
}

async function note(
  { incidents }: BuyerMessagesContext,
  sql: Sql,
  row: store.MessageRow,
  type: "buyers.told" | "buyers.cleared",
  told: number,
): Promise<void> {
  const text =
    type === "buyers.told"
      ? { "zh-CN": `已通知 ${told} 位买家`, en: `${told} ${told === 1 ? "buyer is" : "buyers are"} told` }
      : {
          "zh-CN": `已向 ${told} 位买家报告恢复`,
          en: `${told} ${told === 1 ? "buyer gets" : "buyers get"} the all-clear`,
        };
  await incidents.note(sql, row.incidentId, {
    type,
    by: null,
    text,
    facts: { message: row.id, buyers: told },
  });
}
