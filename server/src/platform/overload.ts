/** Under load the cheapest is given up first: who is refused finds everything cheaper refused as well. */

/** What a request is worth, the cheapest first. `own` is what a buyer does with an order that they have. */
export const priorities = ["browse", "order", "own", "callback"] as const;
export type Priority = (typeof priorities)[number];

/** How far each resource is used, as a share of what it can give; beyond 1 it is overloaded. */
export interface Load {
  /** Orders under way. */
  orders: number;
  /** How late the event loop comes to what is due. */
  eventLoop: number;
  /** Requests that are being answered. */
  requests: number;
  /** Statements that wait for a connection. */
  database: number;
  /** What staff gave up on purpose, as the load from which it is refused. */
  shed?: number;
}

/** From this load on a request is refused. Callbacks tell of money: they are taken while anything is. */
export const refusedFrom: Record<Priority, number> = { browse: 0.8, order: 1, own: 1.5, callback: 3 };

export const pressureOf = (load: Load): number =>
  Math.max(load.orders, load.eventLoop, load.requests, load.database, load.shed ?? 0);

export const isRefused = (priority: Priority, load: Load): boolean =>
  pressureOf(load) >= refusedFrom[priority];
