import {
  createPostgresBackend,
  createRedisBackend,
  ErrorCode,
  type Job,
  type Queue,
  type Worker,
  withBackend,
} from "bullmq";
import { faultPoint } from "./faultpoint.ts";
import type { Logger } from "./log.ts";

/**
 * Triggers say "there is something to do"; what there is to do stands in rows. So a lost or doubled one changes
 * nothing, and equal ones are merged: at most one runs and one waits, however many are fired.
 */
export interface Triggers {
  /** Fires without waiting; a broken queue is logged, since the sweep finds the rows all the same. */
  fire(name: string, delayMs?: number): void;
  close(): Promise<void>;
}

/** What stays of triggers that are through. */
const kept = { removeOnComplete: true, removeOnFail: 100 };

type Handlers = Record<string, () => Promise<void>>;

interface Options {
  databaseUrl: string;
  redisUrl: string | undefined;
  /** Every trigger that may be fired, with its handler; `null` for what other processes handle. */
  handlers: Record<string, (() => Promise<void>) | null>;
  /** Gives each trigger a queue of its own, so that no process takes what it cannot handle. The same for all of them. */
  apart?: boolean;
  /** Triggers that also fire by the clock: cron patterns in a time zone, once for all processes together. */
  schedules?: Record<string, { pattern: string; tz: string }>;
  log: Logger;
}

/** Opens the queue on Redis when there is one, else on PostgreSQL (schema `bullmq`): the same BullMQ code on both. */
export async function openTriggers(options: Options): Promise<Triggers> {
  if (!options.apart) return openQueue("triggers", options);
  const opened = await Promise.all(
    Object.entries(options.handlers).map(
      async ([name, handler]) =>
        [name, await openQueue(`triggers.${name}`, { ...options, handlers: { [name]: handler } })] as const,
    ),
  );
  const queues = new Map(opened);
  return {
    fire(name, delayMs) {
      const queue = queues.get(name);
      if (!queue) throw new Error(`no trigger ${name}`);
      queue.fire(name, delayMs);
    },
    async close() {
      await Promise.all(opened.map(([, queue]) => queue.close()));
    },
  };
}

/** One queue, and a worker on it where this process handles its triggers; some of them alone is an error. */
async function openQueue(queueName: string, options: Options): Promise<Triggers> {
  const { log } = options;
  const handlers: Handlers = {};
  for (const [name, handler] of Object.entries(options.handlers)) if (handler) handlers[name] = handler;
  const missing = Object.keys(options.handlers).filter((name) => !(name in handlers));
  if (missing.length > 0 && Object.keys(handlers).length > 0)
    throw new Error(`no handler for ${missing.join(" and ")}, whose triggers would be taken here`);
  const { queue, worker } = options.redisUrl
    ? onRedis(queueName, options.redisUrl, handlers)
    : await onPostgres(queueName, options.databaseUrl, handlers);
  queue.on("error", (error) => log.warn({ err: error }, "the trigger queue has an error"));
  worker?.on("error", (error) => log.warn({ err: error }, "the trigger worker has an error"));
  worker?.on("failed", (job, error) =>
    log.error({ err: error, trigger: job?.name }, "a trigger's handler failed"),
  );
  await worker?.waitUntilReady();
  for (const [name, schedule] of Object.entries(options.schedules ?? {}))
    if (name in handlers)
      await queue.upsertJobScheduler(name, schedule, { name, opts: kept }).catch(unlessScheduled);

  const adding = new Set<string>();
  const again = new Set<string>();
  const add = async (name: string, delayMs: number): Promise<void> => {
    const due = delayMs > 0 ? `@${Math.ceil((Date.now() + delayMs) / 100)}` : "";
    await queue.add(
      name,
      {},
      {
        deduplication: { id: name + due, keepLastIfActive: true },
        ...(delayMs > 0 ? { delay: delayMs } : {}),
        removeOnComplete: true,
        removeOnFail: 100,
      },
    );
    await faultPoint("trigger.added");
  };
  const fireNow = async (name: string): Promise<void> => {
    adding.add(name);
    try {
      do {
        again.delete(name);
        await add(name, 0);
      } while (again.has(name));
    } finally {
      adding.delete(name);
    }
  };
  const inFlight = new Set<Promise<unknown>>();
  const track = (name: string, work: Promise<unknown>): void => {
    const tracked = work
      .catch((error: unknown) =>
        log.warn({ err: error, trigger: name }, "a trigger was lost; the sweep will find its rows"),
      )
      .finally(() => inFlight.delete(tracked));
    inFlight.add(tracked);
  };

  return {
    fire(name, delayMs = 0) {
      if (!(name in options.handlers)) throw new Error(`no trigger ${name}`);
      if (delayMs > 0) track(name, add(name, delayMs));
      else if (adding.has(name)) again.add(name);
      else track(name, fireNow(name));
    },
    async close() {
      await worker?.close();
      await Promise.all(inFlight);
      await queue.close();
    },
  };
}

/** Of processes that start at once one schedules the next job first, and BullMQ refuses the same job to the others. */
function unlessScheduled(error: unknown): void {
  if (error instanceof Error && "code" in error && error.code === ErrorCode.SchedulerJobIdCollision) return;
  throw error;
}

interface Opened {
  queue: Pick<Queue, "add" | "close" | "upsertJobScheduler"> & {
    on(event: "error", listener: (error: Error) => void): unknown;
  };
  worker:
    | (Pick<Worker, "close" | "waitUntilReady"> & {
        on(event: "error", listener: (error: Error) => void): unknown;
        on(event: "failed", listener: (job: { name: string } | undefined, error: Error) => void): unknown;
      })
    | undefined;
}

/** A worker that died is noticed within seconds; while its trigger seems active, only sweeps would run. */
const recovery = { lockDuration: 5_000, stalledInterval: 2_000, maxStalledCount: 100, runRetryDelay: 1_000 };

const hasAny = (handlers: Handlers) => Object.keys(handlers).length > 0;

function processorOf(handlers: Handlers) {
  return async (job: Job): Promise<void> => {
    const handler = handlers[job.name];
    if (!handler) throw new Error(`no handler for trigger ${job.name}`);
    await handler();
  };
}

async function onPostgres(queueName: string, databaseUrl: string, handlers: Handlers): Promise<Opened> {
  const bound = withBackend(createPostgresBackend);
  // Listening has a connection of its own; triggers are few, and their statements short.
  const connection = { connectionString: databaseUrl, schema: "bullmq", max: 1 };
  const queue = new bound.Queue(queueName, { connection: { ...connection, migrate: true } });
  await queue.waitUntilReady();
  const concurrency = Object.keys(handlers).length + 1;
  const worker = hasAny(handlers)
    ? new bound.Worker(queueName, processorOf(handlers), { connection, concurrency, ...recovery })
    : undefined;
  return { queue, worker };
}

function onRedis(queueName: string, redisUrl: string, handlers: Handlers): Opened {
  const bound = withBackend(createRedisBackend);
  const url = new URL(redisUrl);
  const connection = {
    host: url.hostname,
    port: Number(url.port || 6379),
    db: Number(url.pathname.slice(1) || 0),
    ...(url.username ? { username: decodeURIComponent(url.username) } : {}),
    ...(url.password ? { password: decodeURIComponent(url.password) } : {}),
    ...(url.protocol === "rediss:" ? { tls: {} } : {}),
  };
  const queue = new bound.Queue(queueName, { connection });
  const worker = hasAny(handlers)
    ? new bound.Worker(queueName, processorOf(handlers), {
        connection: { ...connection, maxRetriesPerRequest: null },
        concurrency: Object.keys(handlers).length + 1,
        ...recovery,
      })
    : undefined;
  return { queue, worker };
}
