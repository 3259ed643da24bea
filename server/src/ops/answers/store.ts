import type { AnswerFigures } from "@orderwatch/shared/ops/answers.ts";
import type { Language } from "@orderwatch/shared/words.ts";
import type { Sql } from "../../platform/db.ts";

/** False when this use was written before. */
export async function insertUse(
  sql: Sql,
  use: {
    id: string;
    answer: string;
    ticketId: string;
    language: Language;
    byId: string;
    byName: string;
    at: Date;
  },
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `insert into answer_uses (id, answer, ticket_id, language, by_id, by_name, at) values ($1, $2, $3, $4, $5, $6, $7)
      on conflict (id) do nothing`,
    [use.id, use.answer, use.ticketId, use.language, use.byId, use.byName, use.at],
  );
  return rowCount === 1;
}

/** Stars from which on a buyer was content. */
const contentFrom = 4;

/**
 * How each answer did with buyers since a moment. A use is settled once its buyer rated, or a week after it; it succeeded
 * when they were content, or else when the ticket ended and was not opened again since.
 */
export async function readFigures(
  sql: Sql,
  { since, now }: { since: Date; now: Date },
): Promise<Map<string, AnswerFigures>> {
  const { rows } = await sql.query<AnswerFigures & { answer: string }>(
    `select answer, count(*)::int as uses, (count(*) filter (where settled))::int as settled,
        (count(*) filter (where settled and succeeded))::int as succeeded,
        round(avg(rating), 2)::float8 as rating, count(rating)::int as ratings
      from (
        select u.answer, t.rating, t.rating is not null or u.at <= $2::timestamptz - interval '7 days' as settled,
          case when t.rating is not null then t.rating >= ${contentFrom}
            else t.state in ('resolved', 'closed') and not exists (select from ticket_events e
              where e.ticket_id = t.id and e.type = 'reopened' and e.at > u.at) end as succeeded
        from answer_uses u join tickets t on t.id = u.ticket_id
        where u.at >= $1 and t.origin = 'buyer') as uses
      group by answer`,
    [since, now],
  );
  return new Map(rows.map(({ answer, ...figures }) => [answer, figures]));
}
