import type pg from "pg";

/** So many connections are opened at once; each further one when somebody waits after so long. */
export interface Growth {
  fewest: number;
  afterMs: number;
}

/**
 * Keeps a pool from opening a connection for everybody who would wait. The driver does, up to its `max`: a burst of short
 * statements that few connections would have answered in the same time then pays for many, each of which costs PostgreSQL as
 * much as a dozen statements when it begins, and half of that again when it ends. What was opened goes when it is idle.
 */
export function growSlowly(pool: pg.Pool, { fewest, afterMs }: Growth): { stop(): void } {
  const most = pool.options.max;
  const connect = pool.connect.bind(pool) as (...args: unknown[]) => unknown;
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    if (pool.waitingCount > 0) timer ??= setTimeout(grow, afterMs);
  };
  const grow = (): void => {
    timer = undefined;
    if (pool.waitingCount > 0 && pool.options.max < most) {
      pool.options.max += 1;
      // The driver looks for room when it is asked for a connection, not when there is more of it.
      (connect() as Promise<pg.PoolClient>).then(
        (client) => client.release(),
        // The driver goes on with the next who waits, and that one hears what is wrong.
        () => undefined,
      );
    }
    look();
  };
  pool.connect = ((...args: unknown[]) => {
    const connected = connect(...args);
    look();
    return connected;
  }) as typeof pool.connect;
  pool.on("remove", () => {
    pool.options.max = Math.max(fewest, pool.totalCount);
  });
  pool.options.max = Math.min(fewest, most);
  return { stop: () => clearTimeout(timer) };
}
