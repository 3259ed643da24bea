import type pg from "pg";
import type { Violation } from "../../src/shop/invariants/actions.ts";
import type { Books } from "./books.ts";
import { excusedMs, type Outage } from "./outages.ts";

/** P5 gives the shop this long to find money of which no callback tells. */
const withinMs = 60_000;

/** What became of payments whose callback got lost for good. */
export interface LostCallbacks {
  paid: number;
  /** Found because the shop asked the company. */
  byAsking: number;
  /** Found so within 60 s, outages or not. */
  punctual: number;
  byStaff: number;
  /** The longest that one took, outages or not. */
  longestSeconds: number;
}

interface FoundRow {
  id: string;
  how: "asking" | "staff" | "callback";
  settledMs: number;
  wasPayable: boolean;
}

/**
 * Money that came while it could still be paid and of which no callback told, held against when the shop settled it; what
 * outages took is given on top.
 */
export async function checkLostCallbacks(
  sql: Pick<pg.Pool, "query">,
  books: Books,
  outages: readonly Outage[],
): Promise<{ lost: LostCallbacks; violations: Violation[] }> {
  const trades = [...books.trades].filter(([, { state, lost }]) => state === "paid" && lost);
  const paidMs = new Map(trades.map(([id, { paidAtMs = 0 }]) => [id, paidAtMs]));
  const { rows } = await sql.query<FoundRow>(
    `select distinct on (p.id) p.id, (extract(epoch from n.settled_at) * 1000)::float8 as "settledMs",
        case when n.confirmed_by is not null then 'staff' when n.notice_id like 'asked:%' then 'asking' else 'callback' end as how,
        paid.at_ms < extract(epoch from o.expires_at) * 1000 as "wasPayable"
      from unnest($1::uuid[], $2::float8[]) as paid (id, at_ms) join payments p on p.id = paid.id
        join orders o on o.id = p.order_id
        join payment_notices n on n.payment_id = p.id and n.verdict in ('settled', 'surplus')
      order by p.id, n.settled_at`,
    [[...paidMs.keys()], [...paidMs.values()]],
  );
  const tookMs = ({ id, settledMs }: FoundRow) => settledMs - (paidMs.get(id) ?? 0);
  const asked = rows.filter(({ how }) => how === "asking");
  const late = asked.filter((row) => {
    const trade = books.trades.get(row.id);
    if (!row.wasPayable || !trade) return false;
    const span = { company: trade.gateway, fromMs: paidMs.get(row.id) ?? 0, untilMs: row.settledMs };
    return tookMs(row) > withinMs + excusedMs(outages, span);
  });
  const samples = late.slice(0, 5).map((row) => ({ ...row, tookMs: tookMs(row) }));
  const what = "money of a lost callback that was found later than 60 s after it came";
  return {
    lost: {
      paid: trades.length,
      byAsking: asked.length,
      punctual: asked.filter((row) => tookMs(row) <= withinMs).length,
      byStaff: rows.filter(({ how }) => how === "staff").length,
      longestSeconds: asked.reduce((longest, row) => Math.max(longest, tookMs(row)), 0) / 1_000,
    },
    violations: late.length === 0 ? [] : [{ invariant: "P5", what, count: late.length, samples }],
  };
}
