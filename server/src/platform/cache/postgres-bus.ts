import type { BusDriver } from "bentocache/types";
import pg from "pg";
import { createBatcher } from "../batcher.ts";
import type { Logger } from "../log.ts";

type Message = Parameters<BusDriver["publish"]>[1];

/** All nodes of an installation share one channel; what it is about stands in the message. */
const channelName = "orderwatch_cache";
const reconnectAfterMs = 500;

/**
 * The cache's bus on PostgreSQL's LISTEN/NOTIFY, for installations without Redis. It has a connection of its own and
 * opens another when that breaks; `onBack` hears of it then, since what was said meanwhile is lost.
 * Messages are a few hundred bytes; PostgreSQL takes up to 8,000.
 */
export function createPostgresBus(options: {
  url: string;
  name: string;
  log: Logger;
  onBack: () => void;
}): BusDriver {
  const { log } = options;
  const subscribers = new Map<string, (payload: unknown) => void>();
  let id = "";
  let client: pg.Client | undefined;
  let stopped = false;
  let retry: NodeJS.Timeout | undefined;
  const backAgain: (() => void)[] = [];

  const hear = (text: string | undefined): void => {
    const { bus, channel, payload } = JSON.parse(text ?? "{}") as {
      bus?: string;
      channel?: string;
      payload?: unknown;
    };
    if (bus !== id && channel !== undefined) subscribers.get(channel)?.(payload);
  };

  const connect = async (isFirst: boolean): Promise<void> => {
    const fresh = new pg.Client({
      connectionString: options.url,
      application_name: `${options.name} cache`,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    });
    let isOver = false;
    const over = (error?: Error): void => {
      if (isOver) return;
      isOver = true;
      client = undefined;
      if (stopped) return;
      log.warn(
        { err: error },
        "the cache's bus lost its connection; entries live out their time until it is back",
      );
      retry = setTimeout(() => void connect(false), reconnectAfterMs);
    };
    fresh.on("error", over);
    fresh.on("end", () => over());
    fresh.on("notification", ({ payload }) => hear(payload));
    try {
      await fresh.connect();
      await fresh.query(`listen ${channelName}`);
      if (stopped) return await fresh.end();
      client = fresh;
      if (isFirst) return;
      options.onBack();
      for (const tell of backAgain) tell();
    } catch (error) {
      over(error instanceof Error ? error : new Error(String(error)));
      await fresh
        .end()
        .catch((cause: unknown) => log.debug({ err: cause }, "a broken connection was dropped"));
    }
  };

  // One statement at a time, since a connection takes no more; what is said meanwhile rides in the next.
  const saying = createBatcher<string, undefined>({
    async run(messages) {
      if (!client) throw new Error("the cache's bus has no connection");
      await client.query("select pg_notify($1, said) from unnest($2::text[]) said", [channelName, messages]);
      return messages.map(() => undefined);
    },
    isItemFault: () => false,
    maxInFlight: 1,
  });

  return {
    setId(given) {
      id = given;
      return this;
    },
    onReconnect(callback) {
      backAgain.push(callback);
    },
    async publish(channel, message: Message) {
      await saying.submit(JSON.stringify({ bus: id, channel, payload: message }));
    },
    async subscribe(channel, handler) {
      subscribers.set(channel, (payload) => void handler(payload as Parameters<typeof handler>[0]));
      if (subscribers.size === 1) await connect(true);
    },
    async unsubscribe(channel) {
      subscribers.delete(channel);
    },
    async disconnect() {
      stopped = true;
      clearTimeout(retry);
      await saying.idle();
      await client?.end();
    },
  };
}
