import {
  createPostgresBackend,
  createRedisBackend,
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

const queueName = "triggers";

/**
 * Opens the queue on Redis when there is one, else on PostgreSQL (schema `bullmq`): the same BullMQ code on both.
 * With `handlers`, this process also works on them; a trigger that no process handles is an error at start.
 */
export async function openTriggers(options: {
  databaseUrl: string;
  redisUrl: string | undefined;
  handlers: Record<string, () => Promise<void>>;
  log: Logger;
}): Promise<Triggers> {
  const { queue, worker } = options.redisUrl ? onRedis(options.redisUrl, options) : await onPostgres(options);
  const { log } = options;
  queue.on("error", (error) => log.warn({ err: error }, "the trigger queue has an error"));
  worker.on("error", (error) => log.warn({ err: error }, "the trigger worker has an error"));
  worker.on("failed", (job, error) =>
    log.error({ err: error, trigger: job?.name }, "a trigger's handler failed"),
  );
  await worker.waitUntilReady();

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
      if (!(name in options.handlers)) throw new Error(`no handler for trigger ${name}`);
      if (delayMs > 0) track(name, add(name, delayMs));
      else if (adding.has(name)) again.add(name);
      else track(name, fireNow(name));
    },
    async close() {
      await worker.close();
      await Promise.all(inFlight);
      await queue.close();
    },
  };
}

interface Opened {
  queue: Pick<Queue, "add" | "close"> & { on(event: "error", listener: (error: Error) => void): unknown };
  worker: Pick<Worker, "close" | "waitUntilReady"> & {
    on(event: "error", listener: (error: Error) => void): unknown;
    on(event: "failed", listener: (job: { name: string } | undefined, error: Error) => void): unknown;
  };
}

type Handlers = { handlers: Record<string, () => Promise<void>> };

/** A worker that died is noticed within seconds; while its trigger seems active, only sweeps would run. */
const recovery = { lockDuration: 5_000, stalledInterval: 2_000, maxStalledCount: 100, runRetryDelay: 1_000 };

function processorOf(options: Handlers) {
  return async (job: Job): Promise<void> => {
    const handler = options.handlers[job.name];
    if (!handler) throw new Error(`no handler for trigger ${job.name}`);
    await handler();
  };
}

async function onPostgres(options: Handlers & { databaseUrl: string }): Promise<Opened> {
  const bound = withBackend(createPostgresBackend);
  const connection = { connectionString: options.databaseUrl, schema: "bullmq", max: 2 };
  const queue = new bound.Queue(queueName, { connection: { ...connection, migrate: true } });
  await queue.waitUntilReady();
  const concurrency = Object.keys(options.handlers).length + 1;
  const worker = new bound.Worker(queueName, processorOf(options), { connection, concurrency, ...recovery });
  return { queue, worker };
}

function onRedis(redisUrl: string, options: Handlers): Opened {
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
  const worker = new bound.Worker(queueName, processorOf(options), {
    connection: { ...connection, maxRetriesPerRequest: null },
    concurrency: Object.keys(options.handlers).length + 1,
    ...recovery,
  });
  return { queue, worker };
}
