import { randomBytes, randomUUID } from "node:crypto";
import { connect, type Socket } from "node:net";
import { quantile } from "./figures.ts";

/** Orders in an open model: `rate` a second, whatever becomes of those before. */
export interface OpenLoad {
  port: number;
  rate: number;
  /** Before those that count, at the same rate: connections are opened then, which buyers behind a proxy find open. */
  warmSeconds: number;
  seconds: number;
}

/** Latencies in ms from the moment that an order was meant to be sent, whenever it was. */
export interface OpenLoadResult {
  sent: number;
  placed: number;
  /** 503 and 429. */
  refused: number;
  /** Anything else, and connections that broke. */
  others: number;
  p50Ms: number | null;
  p99Ms: number | null;
  refusedP99Ms: number | null;
  /** From the first order that counts to the last refusal; 0 when there was none. */
  lastRefusalMs: number;
  /** Processor time of this process, as a share of one core. */
  cpuShare: number;
}

const tickMs = 2;
const mostConnections = 4_000;

/**
 * Raw sockets and prepared bytes, so that the generator takes little from the shop's machine: what is sent differs only
 * in its key and address, and of an answer only the status is looked at.
 */
async function run({ port, rate, warmSeconds, seconds }: OpenLoad): Promise<OpenLoadResult> {
  const body = JSON.stringify({
    sku: "BENCH",
    quantity: 1,
    paymentMethod: "wechat",
    contact: { phone: "13800138000" },
  });
  const tail = `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  const placed: number[] = [];
  const refusedMs: number[] = [];
  let [others, lastRefusalMs, sent, answered, counted] = [0, 0, 0, 0, 0];
  const idle: Connection[] = [];
  const all = new Set<Connection>();
  const due: number[] = [];
  const begunMs = performance.now();
  const countedMs = begunMs + warmSeconds * 1_000;
  const endMs = (warmSeconds + seconds) * 1_000;
  const begunCpu = process.cpuUsage();

  const answer = (status: number, intendedMs: number): void => {
    const now = performance.now();
    answered += 1;
    if (intendedMs < countedMs) return;
    counted += 1;
    if (status === 201) placed.push(now - intendedMs);
    else if (status === 503 || status === 429) {
      refusedMs.push(now - intendedMs);
      lastRefusalMs = now - countedMs;
    } else others += 1;
  };
  const send = (connection: Connection, intendedMs: number): void => {
    const [a, b, c] = randomBytes(3);
    const head = `POST /api/orders HTTP/1.1\r\nhost: shop\r\nidempotency-key: ${randomUUID()}\r\nx-forwarded-for: 10.${a}.${b}.${c}\r\n`;
    connection.ask(head + tail, (status) => {
      answer(status, intendedMs);
      if (status === 0) return all.delete(connection);
      const waiting = due.shift();
      if (waiting === undefined) return idle.push(connection);
      return send(connection, waiting);
    });
  };

  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const elapsedMs = performance.now() - begunMs;
      const target = Math.floor((Math.min(elapsedMs, endMs) * rate) / 1_000);
      for (; sent < target; sent++) {
        const intendedMs = begunMs + (sent * 1_000) / rate;
        const connection = idle.pop() ?? (all.size < mostConnections ? open(port, all) : undefined);
        if (connection) send(connection, intendedMs);
        else due.push(intendedMs);
      }
      if (elapsedMs < endMs || (answered < sent && elapsedMs < endMs + 15_000)) return;
      clearInterval(timer);
      resolve();
    }, tickMs);
  });
  const cpu = process.cpuUsage(begunCpu);
  const tookMs = performance.now() - begunMs;
  for (const connection of all) connection.close();
  const meant = sent - Math.ceil(warmSeconds * rate);
  return {
    sent: meant,
    placed: placed.length,
    refused: refusedMs.length,
    others: others + (meant - counted),
    p50Ms: placed.length > 0 ? quantile(placed, 0.5) : null,
    p99Ms: placed.length > 0 ? quantile(placed, 0.99) : null,
    refusedP99Ms: refusedMs.length > 0 ? quantile(refusedMs, 0.99) : null,
    lastRefusalMs,
    cpuShare: (cpu.user + cpu.system) / 1_000 / tookMs,
  };
}

interface Connection {
  /** One request at a time; `done` hears the status, 0 for a broken connection. */
  ask(bytes: string, done: (status: number) => void): void;
  close(): void;
}

function open(port: number, all: Set<Connection>): Connection {
  const socket: Socket = connect({ port, host: "127.0.0.1", noDelay: true });
  let heard: Buffer = Buffer.alloc(0);
  let waiting: ((status: number) => void) | undefined;
  const finish = (status: number): void => {
    const done = waiting;
    waiting = undefined;
    done?.(status);
  };
  socket.on("data", (bytes: Buffer) => {
    heard = heard.length === 0 ? bytes : Buffer.concat([heard, bytes]);
    const end = heard.indexOf("\r\n\r\n");
    if (end < 0) return;
    const head = heard.toString("latin1", 0, end);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (heard.length < end + 4 + length) return;
    heard = Buffer.alloc(0);
    finish(Number(head.slice(9, 12)));
  });
  socket.on("error", () => socket.destroy());
  socket.on("close", () => finish(0));
  const connection: Connection = {
    ask(bytes, done) {
      waiting = done;
      socket.write(bytes);
    },
    close: () => socket.destroy(),
  };
  all.add(connection);
  return connection;
}

process.on("message", (load: OpenLoad) => {
  void run(load).then((result) => process.send?.(result));
});
