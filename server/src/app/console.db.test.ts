import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { may, roles } from "@orderwatch/shared/ops/roles.ts";
import { type OpsRoutes, opsPermissions, opsRoutes } from "@orderwatch/shared/ops/routes.ts";
import { Problem } from "@orderwatch/shared/problem.ts";
import { io, type Socket } from "socket.io-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestConsole, type TestConsole } from "../../test/console.ts";
import { missing, validRequests } from "../../test/valid-requests.ts";

let console: TestConsole;
let pagesFrom = "";
beforeAll(async () => {
  pagesFrom = await mkdtemp(join(tmpdir(), "orderwatch-pages-"));
  await writeFile(join(pagesFrom, "index.html"), "<title>the console's page</title>");
  console = await startTestConsole({ pagesFrom });
});
afterAll(async () => {
  await console.close();
  await rm(pagesFrom, { recursive: true });
});

type Name = keyof OpsRoutes;
const names = Object.keys(opsRoutes) as Name[];

function addressOf(name: Name, param = "walked"): { method: string; url: string } {
  const [method = "GET", path = ""] = opsRoutes[name].path.split(" ");
  const id = param === "walked" ? missing : param;
  const filled = path
    .replace(":sku", encodeURIComponent(param))
    .replace(":id", encodeURIComponent(id))
    .replace(":updateId", missing)
    .replace(":actionId", missing)
    .replace(":callId", missing);
  const query =
    name === "liveSeries"
      ? "?from=2026-01-01T00:00:00Z&to=2026-01-01T00:05:00Z"
      : name === "readSchedule"
        ? "?from=2026-01-01T00:00:00Z&until=2026-01-08T00:00:00Z"
        : "";
  return { method, url: `${console.url}${filled}${query}` };
}

async function send(
  name: Name,
  options: { cookie?: string; origin?: string | null; body?: unknown; type?: string; param?: string },
): Promise<Response> {
  const { method, url } = addressOf(name, options.param);
  const origin = options.origin === undefined ? console.origin : options.origin;
  const text = typeof options.body === "string" ? options.body : JSON.stringify(options.body ?? {});
  return await fetch(url, {
    method,
    headers: {
      ...(options.cookie ? { cookie: options.cookie } : {}),
      ...(origin === null ? {} : { origin }),
      ...(method === "GET" ? {} : { "content-type": options.type ?? "application/json" }),
    },
    ...(method === "GET" ? {} : { body: text }),
  });
}

/** A fingerprint of every row that a request could have changed, by table; what deadlines add by themselves is none. */
async function fingerprint(): Promise<Record<string, string>> {
  const prints: Record<string, string> = {};
  for (const table of [
    "products",
    "codes",
    "stock_imports",
    "orders",
    "order_events",
    "payments",
    "staff",
    "reconciliation_runs",
    "(select * from incident_events where by_id is not null)",
  ]) {
    const { rows } = await console.context.db.sql.query(`select t::text as row from ${table} t order by 1`);
    prints[table] = createHash("sha256").update(JSON.stringify(rows)).digest("hex");
  }
  return prints;
}

async function expectProblem(answer: Response): Promise<string> {
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  return Problem.parse(await answer.json()).code;
}

// Every route is called many times over, which takes a busy machine longer than one test is given.
describe("every route of the console", { timeout: 120_000 }, () => {
  test("A4: without a session is 401, and nothing changes", async () => {
    const before = await fingerprint();
    for (const name of names)
      for (const cookie of [undefined, "orderwatch-session=forged.signature"]) {
        const answer = await send(name, { ...(cookie ? { cookie } : {}), body: validRequests[name] });
        expect([name, answer.status, await expectProblem(answer)]).toEqual([name, 401, "session.required"]);
      }
    expect(await fingerprint()).toEqual(before);
  });

  test("A4: a role gets in exactly where the permission table says, else 403 and nothing changes", async () => {
    for (const role of roles) {
      const cookie = await console.signIn(role);
      for (const name of names) {
        const permission = opsPermissions[name];
        const allowed = permission === "signed_in" || may(role, permission);
        const before = allowed ? {} : await fingerprint();
        const answer = await send(name, { cookie, body: validRequests[name] });
        expect([role, name, answer.status]).not.toEqual([role, name, 500]);
        expect([role, name, answer.status !== 401 && answer.status !== 403]).toEqual([role, name, allowed]);
        if (allowed) continue;
        expect(await expectProblem(answer)).toBe("session.forbidden");
        expect(await fingerprint()).toEqual(before);
      }
    }
  });

  test("A4: a change from another origin, or from none, is 403 before its body is read", async () => {
    const cookie = await console.signIn("admin");
    const before = await fingerprint();
    const shop = console.settings.shop.origins[0] ?? "";
    for (const name of names.filter((one) => !opsRoutes[one].path.startsWith("GET")))
      for (const origin of [
        null,
        "null",
        "https://evil.test",
        shop,
        `${console.origin}.evil.test`,
        console.origin.toUpperCase(),
      ]) {
        const answer = await send(name, { cookie, origin, body: "{ not even JSON" });
        expect([name, origin, answer.status]).toEqual([name, origin, 403]);
        expect(await expectProblem(answer)).toBe("request.origin_refused");
      }
    expect(await fingerprint()).toEqual(before);
  });

  test("A4: bad input is a problem document, never a 500, and nothing changes", async () => {
    const cookie = await console.signIn("admin");
    const before = await fingerprint();
    const bodies = [
      "",
      "{",
      "null",
      "[]",
      '"text"',
      "17",
      '{"unknown":1}',
      `{"q":"a\\u0000b"}`,
      '{"codes":[""]}',
    ];
    const more = [
      '{"codes":["\\ud800"]}',
      '{"cursor":"x"}',
      '{"from":"yesterday"}',
      '{"limit":1e9}',
      '{"sku":"\\u0000"}',
    ];
    const params = ["%00", "../../etc/passwd", "'; drop table orders; --", "ÿ", "x".repeat(300)];
    for (const name of names) {
      const isChange = !opsRoutes[name].path.startsWith("GET");
      for (const body of isChange ? [...bodies, ...more] : []) {
        if (validRequests[name] === undefined && isChange) continue;
        // An empty search is a good one; so is one for what may not exist.
        const answer = await send(name, { cookie, body, param: "nowhere" });
        expect([name, body, answer.status >= 400 && answer.status < 500]).toEqual([name, body, true]);
        await expectProblem(answer);
      }
      if (isChange && validRequests[name] !== undefined) {
        const form = await send(name, { cookie, body: "a=b", type: "application/x-www-form-urlencoded" });
        expect([name, form.status]).toEqual([name, 415]);
      }
      if (!/:(sku|id)/.test(opsRoutes[name].path)) continue;
      for (const param of params) {
        const answer = await send(name, { cookie, body: validRequests[name], param });
        expect([name, param, answer.status >= 400 && answer.status < 500]).toEqual([name, param, true]);
        await expectProblem(answer);
      }
    }
    expect(await fingerprint()).toEqual(before);
  });

  test("R1: what tickets are searched by goes in a body; in an address it is refused, with the way that there is", async () => {
    const cookie = await console.signIn("support");
    const listed = await fetch(`${console.url}/api/tickets?q=13800138000`, { headers: { cookie } });
    expect([listed.status, await listed.json()]).toMatchObject([
      400,
      {
        code: "request.invalid",
        errors: [{ path: "q", message: "is searched for by POST /api/tickets/search" }],
      },
    ]);
    const body = { q: "13800138000", sort: "newest" };
    const found = await send("searchTickets", { cookie, body });
    expect([found.status, await found.json()]).toEqual([200, { items: [], nextCursor: null }]);
  });

  test("answers that carry personal data or codes are stored by nobody", async () => {
    const cookie = await console.signIn("admin");
    const answer = await send("searchOrders", { cookie });
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect((await send("readOrder", { cookie })).headers.get("cache-control")).toBe("no-store");
  });
});

describe("importing codes over HTTP", () => {
  const product = async (cookie: string, sku: string) => {
    const body = { sku, name: sku, kind: "code", priceFen: 100 };
    expect((await send("createProduct", { cookie, body })).status).toBe(201);
  };
  const stock = async (cookie: string, sku: string) =>
    (await send("readStock", { cookie, param: sku })).json();

  test("100,000 codes in one JSON call; what is wrong is named by its place", async () => {
    const cookie = await console.signIn("operations");
    await product(cookie, "bulk");
    const codes = Array.from({ length: 100_000 }, (_, at) => `BULK-${at}`);
    const bad = await send("importCodes", { cookie, param: "bulk", body: { codes: codes.with(17, "") } });
    expect(bad.status).toBe(400);
    expect(await bad.json()).toMatchObject({ errors: [{ path: "codes.17" }] });
    const answer = await send("importCodes", { cookie, param: "bulk", body: { codes } });
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const { importId, ...counts } = (await answer.json()) as { importId: string };
    expect(counts).toEqual({ imported: 100_000, duplicates: 0 });
    const progress = await send("readImport", { cookie, param: importId });
    expect(await progress.json()).toMatchObject({ sku: "bulk", status: "finished", received: 100_000 });
    expect(await stock(cookie, "bulk")).toEqual({
      imported: 100_000,
      available: 100_000,
      held: 0,
      sold: 0,
      void: 0,
    });
    const tooMany = await send("importCodes", {
      cookie,
      param: "bulk",
      body: { codes: [...codes, "ONE-MORE"] },
    });
    expect(tooMany.status).toBe(400);
  }, 120_000);

  test("an NDJSON stream is stored as it comes, with progress under the caller's own id", async () => {
    const cookie = await console.signIn("operations");
    await product(cookie, "streamed");
    const importId = console.context.newId();
    const { url } = addressOf("importCodes", "streamed");
    let halfway: unknown;
    const body = new ReadableStream({
      async pull(controller) {
        controller.enqueue(lines("S1", 4_000));
        for (;;) {
          const progress = await send("readImport", { cookie, param: importId });
          halfway = progress.ok ? await progress.json() : undefined;
          if (progress.ok && (halfway as { imported: number }).imported >= 4_000) break;
        }
        controller.enqueue(lines("S2", 1_000));
        controller.close();
      },
    });
    const answer = await fetch(url, {
      method: "POST",
      headers: {
        cookie,
        origin: console.origin,
        "content-type": "application/x-ndjson",
        "import-id": importId,
      },
      body,
      duplex: "half",
    } as RequestInit);
    expect(await answer.json()).toEqual({ importId, imported: 5_000, duplicates: 0 });
    expect(halfway).toMatchObject({ status: "running", imported: 4_000 });
  }, 60_000);

  test("a bad line in a stream is answered on the connection it came on, however much is still to come", async () => {
    const cookie = await console.signIn("operations");
    await product(cookie, "broken");
    const { url } = addressOf("importCodes", "broken");
    const text = `"FINE"\nnot JSON\n${Array.from({ length: 200_000 }, (_, at) => `"REST-${at}"\n`).join("")}`;
    const answer = await fetch(url, {
      method: "POST",
      headers: { cookie, origin: console.origin, "content-type": "application/x-ndjson; charset=utf-8" },
      body: text,
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      errors: [{ path: "codes.1", message: "line 2: not valid JSON" }],
    });
    expect(await stock(cookie, "broken")).toMatchObject({ imported: 0 });
  });

  test("a client that hangs up leaves a right ledger and a failed import", async () => {
    const cookie = await console.signIn("operations");
    await product(cookie, "hung-up");
    const importId = console.context.newId();
    const { url } = addressOf("importCodes", "hung-up");
    const hangUp = new AbortController();
    const body = new ReadableStream({
      async pull(controller) {
        controller.enqueue(lines("H", 3_000));
        for (;;) {
          const progress = await send("readImport", { cookie, param: importId });
          if (progress.ok && ((await progress.json()) as { imported: number }).imported >= 2_000) break;
        }
        hangUp.abort();
      },
    });
    const headers = {
      cookie,
      origin: console.origin,
      "content-type": "application/x-ndjson",
      "import-id": importId,
    };
    await expect(
      fetch(url, { method: "POST", headers, body, duplex: "half", signal: hangUp.signal } as RequestInit),
    ).rejects.toThrow();
    await expect
      .poll(async () => (await send("readImport", { cookie, param: importId })).json(), { timeout: 10_000 })
      .toMatchObject({ status: "failed", imported: 2_000 });
    expect(await stock(cookie, "hung-up")).toMatchObject({ imported: 2_000, available: 2_000 });
  }, 60_000);

  function lines(prefix: string, count: number): Uint8Array {
    return Buffer.from(Array.from({ length: count }, (_, at) => `"${prefix}-${at}"\n`).join(""));
  }
});

describe("sockets", () => {
  const connect = (headers: Record<string, string>): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const socket = io(`${console.url}/live`, {
        transports: ["websocket"],
        extraHeaders: headers,
        reconnection: false,
        forceNew: true,
      });
      socket.on("connect", () => resolve(socket));
      socket.on("connect_error", (error: Error & { data?: { code?: string } }) => {
        socket.close();
        reject(new Error(error.data?.code ?? error.message));
      });
    });

  test("let in staff from our own pages alone, and are cut when their session ends", async () => {
    const { origin } = console;
    await expect(connect({ origin })).rejects.toThrow("session.required");
    const cookie = await console.signIn("viewer");
    await expect(connect({ cookie })).rejects.toThrow("request.origin_refused");
    await expect(connect({ cookie, origin: "https://evil.test" })).rejects.toThrow("request.origin_refused");
    const socket = await connect({ cookie, origin });
    const snapshot = await socket.timeout(10_000).emitWithAck("subscribe", { topic: "overview" });
    expect(snapshot).toHaveProperty("epoch");
    const cut = new Promise((resolve) => socket.on("disconnect", resolve));
    await fetch(`${console.url}/api/auth/sign-out`, { method: "POST", headers: { cookie, origin } });
    expect(await cut).toBe("io server disconnect");
    socket.close();
  });
});

describe("pages and probes", () => {
  test("every page address answers with the page, and nothing else does", async () => {
    for (const path of ["/", "/orders/0199", "/sign-in"]) {
      const answer = await fetch(`${console.url}${path}`);
      expect([path, answer.status, await answer.text()]).toEqual([
        path,
        200,
        expect.stringContaining("the console's page"),
      ]);
      expect(answer.headers.get("cache-control")).toBe("no-cache");
    }
    for (const path of ["/api/nothing", "/assets/missing.js", "/missing.png"]) {
      const answer = await fetch(`${console.url}${path}`);
      expect([path, answer.status, await expectProblem(answer)]).toEqual([path, 404, "request.not_found"]);
    }
  });

  test("probes and the interface's description need no session", async () => {
    for (const path of ["/healthz", "/readyz"])
      expect([path, (await fetch(`${console.url}${path}`)).status]).toEqual([path, 200]);
    const description = (await (await fetch(`${console.url}/openapi.json`)).json()) as { paths: object };
    for (const name of names) {
      const path = (opsRoutes[name].path.split(" ")[1] ?? "").replace(/:(\w+)/g, "{$1}");
      expect(description.paths).toHaveProperty([path]);
    }
  });
});
