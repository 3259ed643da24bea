import type pg from "pg";
import { type Check, runChecks, type Violation } from "../../src/shop/invariants/actions.ts";
import { callJson } from "../product.ts";

/** What the companies hold to have taken, by the attempt that each of them names; one entry for each time. */
export interface Books {
  sms: { id: string; received: boolean }[];
  push: { id: string }[];
}

/** The same page taken more than once, so that somebody's telephone rang again for it. */
export interface Duplicates {
  /** Pages, or bundles of them, that one company took twice or more. */
  pages: number;
  /** Of these takings, those beyond the first: of the same call, and of a later attempt after an unclear or silent one. */
  ofOneCall: number;
  ofLaterAttempts: number;
  /** By how often one company took one page. */
  times: Record<string, number>;
  /** Pages that both companies took, since the first had not answered or was silent. */
  byBoth: number;
}

interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

async function readAll<T>(url: string): Promise<T[]> {
  const all: T[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const page: Page<T> = await callJson(cursor === "" ? url : `${url}?cursor=${cursor}`);
    all.push(...page.items);
    cursor = page.nextCursor;
  }
  return all;
}

/** A topic is an attempt's id without its dashes. */
const uuidOf = (topic: string) => topic.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

export async function readBooks(sandboxUrl: string): Promise<Books> {
  const sms = await readAll<{ outId: string; status: number }>(`${sandboxUrl}/sms/messages`);
  const push = await readAll<{ topic: string | null }>(`${sandboxUrl}/push/messages`);
  return {
    sms: sms.map(({ outId, status }) => ({ id: outId, received: status === 3 })),
    push: push.map(({ topic }) => ({ id: uuidOf(topic ?? "") })),
  };
}

/** Selects `company` and `id` of everything that was taken. */
const takenText = `select 'sms' as company, id, received from unnest($1::uuid[], $2::bool[]) s(id, received)
  union all select 'push', id, false from unnest($3::uuid[]) p(id)`;

const valuesOf = ({ sms, push }: Books) => [
  sms.map(({ id }) => id),
  sms.map(({ received }) => received),
  push.map(({ id }) => id),
];

/** Every violation that shows when the rows are held against the companies' books. */
export async function checkBooks(sql: Pick<pg.Pool, "query">, books: Books): Promise<Violation[]> {
  const values = valuesOf(books);
  const checks: Check[] = [
    {
      invariant: "O1",
      what: "a call noted as accepted that the company knows nothing of",
      text: `with taken as (${takenText}) select a.id, a.channel, a.state from notification_attempts a
        where a.channel in ('sms', 'push') and a.state in ('accepted', 'delivered', 'silent', 'undelivered')
          and not exists (select from taken t where t.id = a.id and t.company = a.channel)`,
      values,
    },
    {
      invariant: "O1",
      what: "a message noted as received that the company did not bring",
      text: `with taken as (${takenText}) select a.id from notification_attempts a
        where a.channel = 'sms' and a.state = 'delivered'
          and not exists (select from taken t where t.id = a.id and t.received)`,
      values,
    },
    {
      invariant: "O1",
      what: "a message at a company that no attempt was written down for",
      text: `with taken as (${takenText}) select t.company, t.id from taken t
        where not exists (select from notification_attempts a where a.id = t.id and a.channel = t.company)`,
      values,
    },
  ];
  return await runChecks(sql, checks);
}

export async function countDuplicates(sql: Pick<pg.Pool, "query">, books: Books): Promise<Duplicates> {
  const { rows } = await sql.query<{ company: string; page: string; calls: number; times: number }>(
    `with taken as (${takenText}) select t.company, a.notification_id as page, count(distinct t.id)::int as calls,
       count(*)::int as times
     from taken t join notification_attempts a on a.id = t.id group by 1, 2`,
    valuesOf(books),
  );
  const twice = rows.filter(({ times }) => times > 1);
  const times: Record<string, number> = {};
  for (const row of twice) times[row.times] = (times[row.times] ?? 0) + 1;
  return {
    pages: new Set(twice.map(({ page }) => page)).size,
    ofOneCall: twice.reduce((sum, row) => sum + row.times - row.calls, 0),
    ofLaterAttempts: twice.reduce((sum, { calls }) => sum + calls - 1, 0),
    times,
    byBoth: rows.length - new Set(rows.map(({ page }) => page)).size,
  };
}
