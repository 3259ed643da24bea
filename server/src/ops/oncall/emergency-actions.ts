import type { Target } from "@orderwatch/shared/ops/oncall.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import { isUnavailable, type Sql } from "../../platform/db.ts";
import type { Notify, Page } from "../notify/actions.ts";
import type { DirectOutcome, DirectPager } from "../notify/direct-actions.ts";
import { loadPlans, type OnCallContext } from "./actions.ts";
import { onDuty, type RotaPlan } from "./domain.ts";
import { following, type PolicySnapshot, type Position, takeTurn } from "./escalation-domain.ts";
import { readPolicyOf } from "./policy-store.ts";
import * as store from "./store.ts";
import { directNote, directText } from "./wording.ts";

/** Something of level 1 that could not be written down, since there is nothing to write it to. */
export interface Outage extends OutageId {
  title: Words;
}

/** The condition and since when it holds, by which its incident knows it again. */
export interface OutageId {
  key: string;
  since: Date;
}

/** Who would be called, as the database said last. */
interface Standby {
  policy: PolicySnapshot;
  plans: ReadonlyMap<string, RotaPlan>;
  admins: readonly string[];
  names: ReadonlyMap<string, string>;
  ways: ReadonlyMap<string, Awaited<ReturnType<Notify["ways"]>>>;
}

interface Raised {
  outage: Outage;
  /** Whom the present turn calls; null where no turn is left. */
  position: Position | null;
  people: string[];
  /** All who were called so far, with the key of their page. */
  called: Map<string, { key: string; at: Date }>;
}

export interface Emergency {
  /** Keeps in mind who would be called; to be done often. Keeps what it knows while the database is away. */
  refresh(): Promise<void>;
  /** Calls whoever has the duty, once for each outage however often it is told. */
  raise(outage: Outage): void;
  /** Goes on with what is under way, and calls the next where nobody could be reached. */
  tick(): void;
  /** A page that went out for this outage already is taken over instead of being sent again. */
  page(sql: Sql, page: Page, outage: OutageId): Promise<string | null>;
  /** Says in the incident's timeline who was called, and takes over what has no page of its own yet. */
  record(sql: Sql, outage: OutageId, incidentId: string): Promise<void>;
}

const level = 1;
/** As far ahead as duties are known while the database is away. */
const aheadMs = 7 * 86_400_000;

/**
 * Pages without a database: by the resolver and the policy that the pager itself uses, from what was read while there was
 * one. With two consoles that both see the outage, each calls.
 */
export function createEmergency(
  context: Pick<OnCallContext, "db" | "clock" | "log" | "timeline"> & { notify: Notify; direct: DirectPager },
): Emergency {
  const { clock, log, notify, direct } = context;
  let standby: Standby | undefined;
  const raised = new Map<string, Raised>();
  const idOf = ({ key, since }: OutageId) => `outage:${key}:${since.toISOString()}`;

  const callNext = (one: Raised, from: Position | null, known: Standby): void => {
    const now = clock.now();
    const whoIs = (target: Target) => {
      if (target.kind === "person") return target.userId;
      const plan = known.plans.get(target.rotaId);
      return plan ? onDuty(plan, now) : null;
    };
    const turn = takeTurn(known.policy, from, whoIs, now);
    one.position = turn.kind === "page" ? turn.position : null;
    one.people = (turn.kind === "page" ? turn.people : [...known.admins]).filter((id) => known.names.has(id));
    for (const to of one.people) {
      if (one.called.has(to)) continue;
      const key = `${idOf(one.outage)}:${to}`;
      one.called.set(to, { key, at: now });
      const page = { key, to, title: one.outage.title, text: directText, link: "/incidents" };
      direct.send(page, known.ways.get(to) ?? []);
    }
    log.error({ outage: one.outage.key, people: one.people.length }, "paged without a database");
  };

  const adopt = async (sql: Sql, page: Page, key: string): Promise<string | null> => {
    const outcome = direct.outcome(key);
    if (!outcome || outcome.attempts.length === 0) return null;
    direct.release(key);
    // Whoever is called by no company can still be told by the outbox, which has the mailbox.
    return await notify.adopt(sql, { ...page, key }, outcome, standby?.ways.get(page.to) ?? []);
  };

  return {
    async refresh() {
      try {
        standby = await readStandby(context);
      } catch (error) {
        if (!isUnavailable(error)) throw error;
      }
    },
    raise(outage) {
      if (raised.has(idOf(outage))) return;
      if (!standby) {
        log.error({ outage: outage.key }, "nobody can be paged: it was never known who is on duty");
        return;
      }
      const one: Raised = { outage, position: null, people: [], called: new Map() };
      raised.set(idOf(outage), one);
      callNext(one, { step: 0, round: 0 }, standby);
    },
    tick() {
      direct.tick();
      if (!standby) return;
      for (const one of raised.values()) {
        if (one.position === null) continue;
        const ends = one.people.map((id) => direct.outcome(one.called.get(id)?.key ?? "")?.state);
        if (ends.every((state) => state === "exhausted" || state === undefined))
          callNext(one, following(standby.policy, one.position), standby);
      }
    },
    async page(sql, page, outage) {
      const called = raised.get(idOf(outage))?.called.get(page.to);
      return called ? await adopt(sql, page, called.key) : null;
    },
    async record(sql, outage, incidentId) {
      const one = raised.get(idOf(outage));
      if (!one) return;
      for (const [to, { key, at }] of one.called) {
        const outcome = direct.outcome(key);
        if (!outcome) continue;
        const name = standby?.names.get(to) ?? to;
        await context.timeline(sql, incidentId, {
          ...{ type: "escalation.direct", by: null, text: directNote(name, at, ways(outcome)) },
          facts: { person: to, at: at.toISOString(), state: outcome.state },
        });
        const { title } = one.outage;
        const page = { to, incidentId, kind: "page" as const, title, text: directText, urgent: true };
        await adopt(sql, { ...page, key, link: `/incidents/${incidentId}` }, key);
      }
    },
  };
}

/** By which channels, and what they said. */
const ways = ({ attempts }: DirectOutcome) =>
  attempts.map(({ channel, state }) => `${channel}: ${state}`).join(", ");

async function readStandby({
  db: { sql },
  clock,
  notify,
}: Pick<OnCallContext, "db" | "clock"> & { notify: Notify }): Promise<Standby> {
  const now = clock.now();
  const found = await readPolicyOf(sql, level);
  const policy = found ?? { name: "-", steps: [], repeats: 0, autoUnackSeconds: null };
  const plans = new Map(
    [...(await loadPlans(sql, now, new Date(now.getTime() + aheadMs)))].map(([id, { plan }]) => [id, plan]),
  );
  const admins = (await store.readAdmins(sql)).map(({ id }) => id);
  const targets = policy.steps.flatMap((step) => step.targets);
  const rotas = targets.flatMap((target) => (target.kind === "rota" ? [target.rotaId] : []));
  const people = new Set([
    ...admins,
    ...targets.flatMap((target) => (target.kind === "person" ? [target.userId] : [])),
    ...rotas.flatMap((id) => {
      const plan = plans.get(id);
      const layers = plan?.layers.flatMap((layer) => layer.people) ?? [];
      return [...layers, ...(plan?.overrides.map(({ userId }) => userId) ?? [])];
    }),
  ]);
  const known = await store.readPeople(sql, [...people]);
  const all = new Map<string, Awaited<ReturnType<Notify["ways"]>>>();
  for (const { id } of known) all.set(id, await notify.ways(sql, id));
  return {
    ...{ policy, plans, admins, ways: all },
    names: new Map(known.map(({ id, name }) => [id, name])),
  };
}
