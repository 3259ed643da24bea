import { redisBusDriver, redisDriver } from "bentocache/drivers/redis";
import type { CreateBusDriverResult } from "bentocache/types";
import { Redis } from "ioredis";
import type { Logger } from "../log.ts";

/** An answer that Redis owes longer than this is not waited for; the database is asked instead. */
const answerWithinMs = 250;

/**
 * The cache's shared tier and its bus on Redis. Neither is ever waited for long: a tier that does not answer is skipped,
 * and a bus without connection delivers nothing, so that entries live out their time.
 */
export function openRedis(url: string, log: Logger) {
  const connections: Redis[] = [];
  const listening = (connection: Redis): Redis => {
    connections.push(connection);
    return connection.on("error", (error: Error) =>
      log.warn({ err: error }, "the cache has no connection to Redis"),
    );
  };
  const tier = listening(
    new Redis(url, {
      commandTimeout: answerWithinMs,
      connectTimeout: 2_000,
      maxRetriesPerRequest: 1,
      enableOfflineQueue: false,
    }),
  );
  // The bus duplicates what it is given, and what it subscribes to must outlive a restart of Redis.
  const bus = listening(new Redis(url, { lazyConnect: true, maxRetriesPerRequest: null }));
  const duplicate = bus.duplicate.bind(bus);
  bus.duplicate = (override) => listening(duplicate({ ...override, lazyConnect: false }));
  return {
    tier: redisDriver({ connection: tier }),
    // The connection itself keeps what could not be sent.
    bus: heeded(
      redisBusDriver({ connection: bus, retryQueue: { enabled: false, retryInterval: false } }),
      log,
    ),
    close(): void {
      for (const connection of connections) connection.disconnect();
    },
  };
}

/**
 * The library does not look at what becomes of its subscription: one that fails, or that the end of this process
 * breaks off, would be nobody's error and end the process itself.
 */
function heeded(bus: CreateBusDriverResult, log: Logger): CreateBusDriverResult {
  return {
    ...bus,
    factory(config) {
      const driver = bus.factory(config);
      const subscribe = driver.subscribe.bind(driver);
      driver.subscribe = (channel, handler) =>
        subscribe(channel, handler).catch((error: unknown) =>
          log.warn({ err: error }, "the cache does not hear of changes; entries live out their time"),
        );
      return driver;
    },
  };
}
