/** What must not be of buyers' balances, as queries; `within` is a condition on an order's id. */
export const balanceChecks = (within: (id: string) => string) => [
  {
    invariant: "P7",
    what: "a balance below zero, or other than the sum of its entries",
    text: `select buyer_id, b.balance_fen, e.fen from balances b
      full join (select buyer_id, sum(amount_fen)::bigint as fen from balance_entries group by 1) e using (buyer_id)
      where b.balance_fen is distinct from coalesce(e.fen, 0) or b.balance_fen < 0`,
  },
  {
    invariant: "P4",
    what: "an order that is paid from a balance without what it took, or a balance that paid for nothing",
    text: `select order_id, p.fen as paid, e.fen as taken from (
        select order_id, sum(amount_fen)::int as fen from payments
        where method = 'balance' and status = 'paid' and ${within("order_id")} group by 1) p
      full join (select order_id, -sum(amount_fen)::int as fen from balance_entries
        where kind = 'spent' and ${within("order_id")} group by 1) e using (order_id)
      where p.fen is distinct from e.fen`,
  },
  {
    invariant: "P7",
    what: "a refund to a balance that is done and never came there, or money there that no refund returned",
    text: `select cause, r.amount_fen as refunded, e.amount_fen as returned from (
        select 'returned:' || r.id as cause, r.amount_fen from refunds r join payments p on p.id = r.payment_id
        where p.method = 'balance' and r.status = 'done' and ${within("r.order_id")}) r
      full join (select cause, amount_fen from balance_entries where kind = 'returned' and ${within("order_id")}) e
        using (cause)
      where r.amount_fen is distinct from e.amount_fen`,
  },
  {
    invariant: "P7",
    what: "more goodwill than was paid for its order",
    text: `select order_id, sum(amount_fen)::int as given from balance_entries e
      where kind = 'goodwill' and ${within("order_id")} group by 1
      having sum(amount_fen) > coalesce((select sum(p.amount_fen) from payments p
        where p.order_id = e.order_id and p.status = 'paid'), 0)`,
  },
];
