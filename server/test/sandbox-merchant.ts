import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { systemClock } from "../src/platform/clock.ts";
import { createIds } from "../src/platform/ids.ts";
import { createLog } from "../src/platform/log.ts";
import { Registry } from "../src/platform/metrics.ts";
import { loadSandboxKeys, type SandboxKeys, sandboxMerchants } from "../src/platform/sandbox-keys.ts";
import { openSandbox, type Sandbox } from "../src/sandbox/server.ts";
import { createProviders, type Providers } from "../src/shop/payments/providers/factory.ts";
import type { NoticeVerdict, PaymentProvider, PrepayInput } from "../src/shop/payments/providers/provider.ts";

export const newId = createIds(systemClock);

type Method = PaymentProvider["method"];

export async function newSandboxKeys(): Promise<SandboxKeys> {
  const place = await mkdtemp(join(tmpdir(), "sandbox-keys-"));
  const made = await loadSandboxKeys(place);
  await rm(place, { recursive: true });
  return made;
}

/**
 * A merchant as small as can be, on real sockets beside a real sandbox: it prepays when a payment's address is opened, and
 * judges callbacks.
 */
export class SandboxMerchant {
  readonly keys: SandboxKeys;
  readonly url: string;
  providers: Providers = {};
  verdicts: NoticeVerdict[] = [];
  /** Whether callbacks are acknowledged, decided by how many have come. */
  acknowledges: (count: number) => boolean = () => true;
  readonly #folder: string;
  readonly #server;
  readonly #payments = new Map<string, { method: Method; input: PrepayInput }>();
  #sandbox: Sandbox | undefined;

  private constructor(keys: SandboxKeys, folder: string, server: ReturnType<typeof createServer>) {
    this.keys = keys;
    this.#folder = folder;
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", (request, response) => {
      buffer(request)
        .then((body) => this.#answer(request, body))
        .then(({ status, headers, body }) => response.writeHead(status, headers).end(body))
        .catch((error: unknown) => response.writeHead(500).end(String(error)));
    });
  }

  static async start(keys: SandboxKeys): Promise<SandboxMerchant> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const merchant = new SandboxMerchant(keys, await mkdtemp(join(tmpdir(), "sandbox-")), server);
    await merchant.#open(0);
    merchant.providers = createProviders(sandboxMerchants(keys, merchant.sandboxUrl));
    return merchant;
  }

  async stop(): Promise<void> {
    await this.#sandbox?.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await rm(this.#folder, { recursive: true, force: true });
  }

  get sandboxUrl(): string {
    if (!this.#sandbox) throw new Error("the sandbox is not running");
    return this.#sandbox.url;
  }

  async restartSandbox(): Promise<void> {
    const { port } = new URL(this.sandboxUrl);
    await this.stopSandbox();
    await this.#open(Number(port));
  }

  async stopSandbox(): Promise<void> {
    await this.#sandbox?.close();
  }

  provider(method: Method): PaymentProvider {
    const provider = this.providers[method];
    if (!provider) throw new Error(`no ${method}`);
    return provider;
  }

  newPayment(method: Method, more: Partial<PrepayInput> = {}): PrepayInput {
    const input: PrepayInput = {
      paymentId: newId(),
      amountFen: 1234,
      description: "点卡 100% + A&B 充值",
      notifyUrl: `${this.url}/notify/${method}`,
      returnUrl: `${this.url}/orders/1?from=pay&x=1`,
      expiresAt: new Date(Date.now() + 60_000),
      buyerIp: "203.0.113.7",
      ...more,
    };
    this.#payments.set(input.paymentId, { method, input });
    return input;
  }

  /** Calls the sandbox as a script would. */
  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const response = await fetch(this.sandboxUrl + path, {
      method,
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text.startsWith("{") ? JSON.parse(text) : text };
  }

  async pay(paymentId: string, outcome: string) {
    return await this.call("POST", `/payments/${paymentId}/pay`, { payer: "payer-1", outcome });
  }

  async #open(port: number): Promise<void> {
    this.#sandbox = await openSandbox({
      keys: this.keys,
      dataDir: this.#folder,
      port,
      shopUrl: this.url,
      shopOrigins: [],
      log: createLog({ level: "silent", name: "test" }),
      metrics: new Registry(),
      newId,
      clock: systemClock,
      random: Math.random,
    });
  }

  async #answer(request: IncomingMessage, body: Buffer) {
    const [, first, second] = (request.url ?? "").split("/");
    const payment = this.#payments.get(second ?? "");
    if (first === "pay" && payment) {
      const { url } = await this.provider(payment.method).prepay(payment.input);
      return { status: 302, headers: { location: url }, body: "" };
    }
    if (first !== "notify") return { status: 404, headers: {}, body: "" };
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    const provider = this.provider(second === "alipay" ? "alipay" : "wechat");
    const verdict = provider.verifyNotice({ headers, body }, new Date());
    this.verdicts.push(verdict);
    const reply = provider.acknowledge(verdict.ok && this.acknowledges(this.verdicts.length));
    return { status: reply.status, headers: { "content-type": reply.contentType }, body: reply.body };
  }
}
