import { AsyncLocalStorage } from "node:async_hooks";
import { DomainError } from "@orderwatch/shared/problem.ts";
import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import pg from "pg";
import { faultPoint } from "./faultpoint.ts";
import type { Faults } from "./faults/leases.ts";
import { troubleStatements } from "./faults/points.ts";
import type { Logger } from "./log.ts";
import { giveUpSilent } from "./silent-connections.ts";
import { type Growth, growSlowly } from "./slow-growth.ts";

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
  /** How many wait for a connection, as a share of what may. */
  load(): number;
  close(): Promise<void>;
}

/** Who asks while so many wait for a connection is refused as busy, rather than waiting longer than a client does. */
const mostWaiting = 400;
/** So many that wait are a load of 1: what is worth less is refused then, and finds no place in the rest of the queue. */
const fullWaiting = 100;

const withinTransaction = new AsyncLocalStorage<true>();

/** Whether the caller runs inside `transaction`, where whoever it waits for holds up everyone behind its locks. */
export function isInTransaction(): boolean {
  return withinTransaction.getStore() === true;
}

/**
 * Opens a pool. A connection that breaks while idle is logged and replaced, never thrown.
 * `statementTimeoutMs` bounds every statement on the server's side; a server that says nothing at all is given up a little
 * later.
 */
export function openDatabase(options: {
  url: string;
  name: string;
  max: number;
  log: Logger;
  statementTimeoutMs?: number;
  /**
   * How long a connection is kept that nobody uses. Not long, unless something keeps it warm: of a process that dies the
   * database clears each connection away, and whoever takes over waits for the processor meanwhile.
   */
  idleMs?: number;
  /** Opens them all as they are asked for, where it is not set. */
  growth?: Growth;
  /** Drills' faults, which its statements then suffer. */
  faults?: Faults | undefined;
}): Database {
  const { statementTimeoutMs = 15_000, idleMs = 3_000 } = options;
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: options.name,
    max: options.max,
    idleTimeoutMillis: idleMs,
    connectionTimeoutMillis: 5_000,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: 15_000,
    keepAlive: true,
  });
  const growing = options.growth && growSlowly(pool, options.growth);
  boundWaiting(pool);
  const silent = giveUpSilent(pool, statementTimeoutMs + 1_000);
  const { faults } = options;
  if (faults) pool.on("connect", (client) => troubleStatements(client, faults));
  // Nobody else listens while a connection passes from one to the next: one that broke just then would end the process.
  // Whoever was given it hears of it when they ask.
  pool.on("connect", (client) =>
    client.on("error", (error) => options.log.debug({ err: error }, "a database connection broke")),
  );
  pool.on("error", (error) => options.log.warn({ err: error }, "an idle database connection broke"));
  return {
    sql: pool,
    orm: drizzle(pool),
    async transaction(work) {
      const client = await pool.connect();
      let broken: Error | undefined;
      // A pool listens to its idle connections alone; one that breaks between two statements would end the process.
      const onBroken = (error: Error) => {
        broken = error;
      };
      client.on("error", onBroken);
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
        client.off("error", onBroken);
        client.release(broken);
      }
    },
    load: () => pool.waitingCount / fullWaiting,
    async close() {
      await pool.end();
      silent.stop();
      growing?.stop();
    },
  };
}

type Connected = (error: Error | undefined, client: undefined, done: () => void) => void;

function boundWaiting(pool: pg.Pool): void {
  const connect = pool.connect.bind(pool) as (callback?: Connected) => unknown;
  pool.connect = ((callback?: Connected) => {
    if (pool.waitingCount < mostWaiting) return connect(callback);
    const error = new DomainError("server.busy", "Too many wait for the database already");
    if (!callback) return Promise.reject(error);
    process.nextTick(callback, error, undefined, () => undefined);
  }) as typeof pool.connect;
}

/** What joins a transaction that is under way: it commits or rolls back as a whole, where it began. */
function joined(client: pg.PoolClient): Database {
  const within: Database = {
    sql: client,
    get orm() {
      return drizzle(client);
    },
    transaction: (work) => work(client, within),
    // It has its connection already.
    load: () => 0,
    close: () => Promise.reject(new Error("a transaction does not close its database")),
  };
  return within;
}

/** PostgreSQL's SQLSTATE of an error, if it is one. */
function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/** Connections refused, broken or not to be had; servers that stop, start, recover or give a statement up; deadlocks. */
const unavailableStates = /^(08|53|57P0|57014|55P03|40001|40P01)/;
const unavailableCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ETIMEDOUT",
  "EPIPE",
  "ENOTFOUND",
  "EAI_AGAIN",
]);
/** What the driver says without a code. */
const unavailableMessages =
  /^(Connection terminated|timeout exceeded when trying to connect|Client (has encountered|was closed))/;

/** Whether the database is away, slow or starting, so that the same request may succeed in a moment. Looks at causes too. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof pg.DatabaseError) return unavailableStates.test(error.code ?? "");
  if ("code" in error && unavailableCodes.has(String(error.code))) return true;
  return unavailableMessages.test(error.message) || isUnavailable(error.cause);
}

/** Errors that belong to a value in a statement, not to the connection or the server (SQLSTATE classes 22, 23, 54). */
export const isValueError = (error: unknown): boolean => /^(22|23|54)/.test(sqlState(error) ?? "");
