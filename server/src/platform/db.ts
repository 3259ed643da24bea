import { AsyncLocalStorage } from "node:async_hooks";
import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import pg from "pg";
import { faultPoint } from "./faultpoint.ts";
import type { Logger } from "./log.ts";

/** A connection that queries run on: the pool, or one client inside a transaction. */
export type Sql = Pick<pg.Pool, "query">;

export interface Database {
  /** For statements that are written as SQL: the hot ones and the set-based ones. */
  readonly sql: Sql;
  /** For queries that drizzle writes. */
  readonly orm: NodePgDatabase;
  /**
   * Runs `work` in one transaction; rolls back when it throws. A call outward from inside it is refused. `within` is this
   * database as that transaction sees it, for actions that shall be part of it.
   */
  transaction<T>(work: (sql: Sql, within: Database) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const withinTransaction = new AsyncLocalStorage<true>();

/** Whether the caller runs inside `transaction`, where whoever it waits for holds up everyone behind its locks. */
export function isInTransaction(): boolean {
  return withinTransaction.getStore() === true;
}

/**
 * Opens a pool. A connection that breaks while idle is logged and replaced, never thrown.
 * `statementTimeoutMs` bounds every statement on the server's side.
 */
export function openDatabase(options: {
  url: string;
  name: string;
  max: number;
  log: Logger;
  statementTimeoutMs?: number;
}): Database {
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: options.name,
    max: options.max,
    idleTimeoutMillis: 30_000,
    connectionTimeoutMillis: 5_000,
    statement_timeout: options.statementTimeoutMs ?? 15_000,
    idle_in_transaction_session_timeout: 15_000,
    keepAlive: true,
  });
  pool.on("error", (error) => options.log.warn({ err: error }, "an idle database connection broke"));
  return {
    sql: pool,
    orm: drizzle(pool),
    async transaction(work) {
      const client = await pool.connect();
      let broken: Error | undefined;
      try {
        await client.query("begin");
        const result = await withinTransaction.run(true, () => work(client, joined(client)));
        await faultPoint("transaction.committing");
        await client.query("commit");
        return result;
      } catch (error) {
        await client.query("rollback").catch((failure: Error) => {
          broken = failure;
        });
        throw error;
      } finally {
        client.release(broken);
      }
    },
    close: () => pool.end(),
  };
}

/** What joins a transaction that is under way: it commits or rolls back as a whole, where it began. */
function joined(client: pg.PoolClient): Database {
  const within: Database = {
    sql: client,
    get orm() {
      return drizzle(client);
    },
    transaction: (work) => work(client, within),
    close: () => Promise.reject(new Error("a transaction does not close its database")),
  };
  return within;
}

/** PostgreSQL's SQLSTATE of an error, if it is one. */
function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/** Errors that belong to a value in a statement, not to the connection or the server (SQLSTATE classes 22, 23, 54). */
export const isValueError = (error: unknown): boolean => /^(22|23|54)/.test(sqlState(error) ?? "");

/** What pg says, without a code, when a connection could not be had or broke in the middle. */
const brokenConnection =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying)/;

/**
 * Whether the database was not there, or went away in the middle: then nobody knows whether a statement was done, and
 * the same may be asked again in a moment. SQLSTATE 08, 57P0x and 53300, and the socket's own errors.
 */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (/^(08|57P0|53300)/.test(sqlState(error) ?? "") || brokenConnection.test(error.message)) return true;
  if ("syscall" in error && "code" in error && /^(ECONN|EPIPE|ETIMEDOUT)/.test(String(error.code)))
    return true;
  return isDatabaseAway(error.cause);
}
