import type { ContactAddress } from "@orderwatch/shared/ops/notify.ts";
import { declare, type IncidentContext, note } from "../../src/ops/incidents/actions.ts";
import { createNotify } from "../../src/ops/notify/actions.ts";
import type { OnCallContext } from "../../src/ops/oncall/actions.ts";
import { acknowledged, startEscalation, stopEscalation } from "../../src/ops/oncall/escalation-actions.ts";
import { giveLevels, insertPolicy } from "../../src/ops/oncall/policy-store.ts";
import { openTriggers } from "../../src/platform/queue.ts";
import { addPerson, subscribe } from "../people.ts";
import type { Reach } from "./plan.ts";
import type { PagingWorld } from "./world.ts";

export const declarant = { staff: { id: "campaign", name: "Campaign" } };

/** People who can be reached so, and for each a policy that pages them first and the next one then; the policies' ids. */
export async function hire(world: PagingWorld, reaches: readonly Reach[]): Promise<string[]> {
  const { context, sandboxUrl, vapid } = world;
  const addressOf = async (n: number, kind: "sms" | "push" | "off" | "email"): Promise<ContactAddress> => {
    if (kind === "push") return await subscribe(sandboxUrl, vapid.publicKey);
    if (kind === "email") return { channel: "email", email: `person-${n}@example.com` };
    return kind === "sms"
      ? { channel: "sms", phone: `138${String(n).padStart(7, "0")}1` }
      : { channel: "sms", phone: `139${String(n).padStart(4, "0")}0000` };
  };
  const ids: string[] = [];
  for (const [n, reach] of reaches.entries()) {
    const addresses = await Promise.all(reach.map((kind) => addressOf(n, kind)));
    ids.push(await addPerson(context, addresses));
  }
  const policies: string[] = [];
  for (const [n, id] of ids.entries()) {
    const step = (userId: string) => ({
      targets: [{ kind: "person" as const, userId }],
      ackTimeoutSeconds: 20,
    });
    const policy = context.newId();
    await insertPolicy(
      context.db.sql,
      policy,
      {
        ...{ name: `first ${n}`, repeats: 0, autoUnackSeconds: null },
        steps: [step(id), step(ids[(n + 1) % ids.length] ?? id)],
      },
      context.clock.now(),
    );
    policies.push(policy);
  }
  return policies;
}

/** Staff who declare incidents; `policyOf` names the policy that one of this title is paged by. */
export async function openDesk(
  { context, databaseUrl }: PagingWorld,
  policyOf: (title: string) => string,
): Promise<{
  incidents: IncidentContext;
  declare(title: string, level: 1 | 2 | 3): Promise<string>;
  close(): Promise<void>;
}> {
  const triggers = await openTriggers({
    ...{ databaseUrl, redisUrl: undefined, log: context.log, apart: true },
    handlers: { "notify.deliver": null },
  });
  const notify = createNotify({
    ...{ ...context, channels: new Map() },
    fire: () => triggers.fire("notify.deliver", 60),
  });
  const onCall: OnCallContext = {
    ...{ ...context, pager: notify },
    timeline: (sql, id, entry) => note(incidents, sql, id, { ...entry, by: null }),
    isWorkedOn: async () => false,
  };
  const incidents: IncidentContext = {
    ...context,
    on: {
      async opened(sql, { id, level, title }) {
        await giveLevels(sql, policyOf(title.en), [level]);
        await startEscalation(onCall, sql, { incidentId: id, level, title, at: context.clock.now() });
      },
      acknowledged: (sql, incident, by) => acknowledged(onCall, sql, incident.id, by),
      ended: (sql, incident) => stopEscalation(sql, incident.id),
    },
  };
  return {
    incidents,
    declare: (title, level) => declare(incidents, declarant, { level, title }),
    close: () => triggers.close(),
  };
}
