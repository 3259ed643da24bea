import type pg from "pg";
import { type Check, runChecks, type Violation } from "../../src/shop/invariants/actions.ts";

/** What still has to happen, by kind; empty when paging has come to rest. */
export const openText = `select what, n from (
    select 'messages' as what, count(*)::int n from notifications where next_at is not null
    union all select 'pages whose end is not noted', count(*)::int from escalation_pages where state = 'pending'
    union all select 'escalations', count(*)::int from escalations where next_at is not null
  ) open where n > 0`;

const taken = "('accepted', 'delivered', 'silent', 'undelivered')";

/** Each selects the rows that break a guarantee; when paging has come to rest, none may select any. */
const checks: Check[] = [
  {
    invariant: "O1",
    what: "a message that stands still",
    text: `select id, state, next_at, claim, bundled_into from notifications
      where next_at is not null or claim is not null or state not in ('sent', 'delivered', 'exhausted')`,
  },
  {
    invariant: "O1",
    what: "a page exhausted without a reason",
    text: "select id from notifications where state = 'exhausted' and coalesce(reason, '') = ''",
  },
  {
    invariant: "O1",
    what: "a page marked sent that nobody had accepted",
    text: `select n.id, n.state from notifications n where n.state in ('sent', 'delivered') and not exists (
      select from notification_attempts a where a.notification_id = coalesce(n.bundled_into, n.id) and a.state in ${taken})`,
  },
  {
    invariant: "O1",
    what: "a page whose end its escalation has noted otherwise, or not at all",
    text: `select p.notification_id, p.state, n.state as message from escalation_pages p
      left join notifications n on n.id = p.notification_id
      where n.id is null or (p.state, n.state = 'exhausted') not in (('reached', false), ('exhausted', true))
        or p.state = 'exhausted' and coalesce(p.reason, '') = ''`,
  },
  {
    invariant: "O1",
    what: "a page that reached nobody and after which nobody else was called",
    text: `select e.id, p.turn from escalations e join escalation_pages p on p.escalation_id = e.id
      where e.state = 'paging' group by e.id, p.turn
      having bool_and(p.state = 'exhausted') and p.turn = (select max(turn) from escalation_pages l where l.escalation_id = e.id)`,
  },
  {
    invariant: "O1",
    what: "a message of an incident that is no page of its escalation",
    text: `select n.id from notifications n left join escalation_pages p on p.notification_id = n.id
      where n.kind = 'page' and p.notification_id is null`,
  },
  {
    invariant: "O2",
    what: "a turn taken twice, or passed over: its entries in the timeline differ from its number",
    text: `select e.id, e.turn, count(v.id)::int as told from escalations e
      left join incident_events v on v.incident_id = e.incident_id and v.type in ('escalation.paged', 'escalation.exhausted')
      group by e.id having count(v.id) <> e.turn`,
  },
  {
    invariant: "O2",
    what: "somebody paged twice in one turn",
    text: `select escalation_id, turn, user_id from escalation_pages group by 1, 2, 3 having count(*) > 1`,
  },
  {
    invariant: "O4",
    what: "one page that opened several incidents",
    text: `select title->>'en' as title, count(*)::int n from incidents where title->>'en' ~ '^Page \\d+$'
      group by 1 having count(*) > 1`,
  },
];

/** Every violation that the rows show. Paging must have come to rest, and `raised` pages must have been raised. */
export async function checkPages(sql: Pick<pg.Pool, "query">, raised: number): Promise<Violation[]> {
  const lost: Check = {
    invariant: "O1",
    what: "a page that was raised and for which nobody was called",
    text: `select n from generate_series(0, $1::int - 1) n where not exists (
      select from incidents i join escalations e on e.incident_id = i.id
      join escalation_pages p on p.escalation_id = e.id where i.title->>'en' = 'Page ' || n)`,
    values: [raised],
  };
  await sql.query("create index if not exists incidents_page on incidents ((title->>'en'))");
  return await runChecks(sql, [...checks, lost]);
}
