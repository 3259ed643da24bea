import { request as httpRequest, type Server } from "node:http";
import { connect } from "node:net";
import { text as readText } from "node:stream/consumers";
import { DomainError, Problem } from "@orderwatch/shared/problem.ts";
import { route } from "@orderwatch/shared/route.ts";
import { text } from "@orderwatch/shared/text.ts";
import express from "express";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { systemClock } from "../clock.ts";
import { openDatabase } from "../db.ts";
import { createIds } from "../ids.ts";
import { createLog } from "../log.ts";
import { createMetrics } from "../metrics.ts";
import { createAddressResolver } from "./address.ts";
import { endpoint } from "./endpoint.ts";
import { createExpress } from "./express.ts";
import { drain, listen } from "./listening.ts";
import { createHttpServer, createServing } from "./server.ts";

const Order = z.union([
  z.strictObject({
    items: z.array(z.strictObject({ sku: z.string(), n: z.int() })).min(1),
    note: text(20).optional(),
  }),
  z.strictObject({ sku: z.string(), note: text(20).optional() }),
]);
const reply = z.object({ seen: z.unknown() });
const routes = {
  hot: route({ path: "POST /hot", summary: "", body: Order, reply, status: 201, confidential: true }),
  rest: route({
    path: "POST /rest/:id",
    summary: "",
    params: z.object({ id: z.uuid() }),
    body: Order,
    reply,
    bodyLimitBytes: 200,
  }),
  list: route({
    path: "GET /list",
    summary: "",
    query: z.object({ limit: z.coerce.number().int().max(9).default(5) }),
    reply,
  }),
  broken: route({ path: "GET /broken", summary: "", reply }),
  told: route({
    path: "POST /told",
    summary: "",
    body: z.discriminatedUnion("channel", [
      z.strictObject({ channel: z.literal("email"), email: z.string() }),
      z.strictObject({ channel: z.literal("sms"), phone: z.string() }),
    ]),
    reply,
  }),
  busy: route({ path: "GET /busy", summary: "", reply }),
  away: route({ path: "GET /away", summary: "", reply }),
};

let server: Server;
let port = 0;
beforeAll(async () => {
  const serving = createServing({
    log: createLog({ level: "silent", name: "test" }),
    newId: createIds(systemClock),
    addressOf: createAddressResolver([]),
    metrics: createMetrics(),
  });
  const hot = [endpoint(routes.hot, async ({ body }) => ({ seen: body }))];
  const rest = createExpress({
    serving,
    production: false,
    endpoints: [
      ...hot,
      endpoint(routes.rest, async ({ params, body }) => ({ seen: { params, body } })),
      endpoint(routes.told, async ({ body }) => ({ seen: body })),
      endpoint(routes.list, async ({ query }) => ({ seen: query })),
      endpoint(routes.broken, async () => {
        throw new Error("select secret_column from hidden_table");
      }),
      endpoint(routes.away, async () => {
        const log = createLog({ level: "silent", name: "test" });
        const nowhere = openDatabase({
          url: "postgres://nobody@127.0.0.1:1/nothing",
          name: "test",
          max: 1,
          log,
        });
        return { seen: await nowhere.sql.query("select 1") };
      }),
      endpoint(routes.busy, async () => {
        throw new DomainError("server.busy", "Later", {
          remedies: [{ kind: "wait_until", label: "", until: new Date(Date.now() + 60_000).toISOString() }],
        });
      }),
    ],
    after: (app) => app.use("/files", express.static(import.meta.dirname)),
  });
  server = createHttpServer({ serving, hot, rest });
  port = await listen(server, 0, "127.0.0.1");
});
afterAll(() => drain(server));

const id = "0195500000007000800000000000000a".replace(/(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
const json = { "content-type": "application/json" };

async function send(
  method: string,
  path: string,
  body?: string | Buffer,
  headers: Record<string, string> = json,
) {
  return await new Promise<{ status: number; headers: Record<string, unknown>; body: string }>(
    (resolve, reject) => {
      const sent = httpRequest({ port, host: "127.0.0.1", method, path, headers }, (answer) => {
        readText(answer).then(
          (text) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }),
          reject,
        );
      });
      sent.on("error", reject);
      sent.end(body);
    },
  );
}

/** The problem document of an answer, which every refusal must be. */
async function refusal(...sent: Parameters<typeof send>): Promise<Problem> {
  const answer = await send(...sent);
  expect(answer.headers["content-type"]).toBe("application/problem+json");
  expect(answer.headers["cache-control"]).toBe("no-store");
  const problem = Problem.parse(JSON.parse(answer.body));
  expect(problem.status).toBe(answer.status);
  expect(problem.type).toBe(`urn:orderwatch:problem:${problem.code}`);
  expect(answer.headers["x-request-id"]).toBe(problem.requestId);
  return problem;
}

describe.each([
  ["ahead of Express", "/hot"],
  ["behind Express", `/rest/${id}`],
])("a request body, %s", (_, path) => {
  it("that is right reaches the handler parsed", async () => {
    const answer = await send("POST", path, `{"sku":"A","note":" hi "}`);
    expect(answer.status).toBeLessThan(300);
    expect(answer.body).toContain(`{"sku":"A","note":"hi"}`);
    expect(
      await send("POST", path, `{"sku":"A"}`, { "content-type": "Application/JSON; charset=utf-8" }),
    ).toMatchObject({
      status: answer.status,
    });
  });

  it("that is no JSON is 400 request.malformed", async () => {
    for (const body of ["", "{", `{"sku":"A"`, "nonsense", "\u0000"])
      expect(await refusal("POST", path, body)).toMatchObject({ status: 400, code: "request.malformed" });
  });

  it("of another content type, or of none, is 415", async () => {
    for (const headers of [
      { "content-type": "text/plain" },
      { "content-type": "application/x-www-form-urlencoded" },
      {},
    ])
      expect(await refusal("POST", path, `{"sku":"A"}`, headers)).toMatchObject({
        status: 415,
        code: "request.unsupported_media_type",
      });
  });

  it("that is too large is 413, announced or streamed, and the answer arrives", async () => {
    const large = `{"sku":"${"x".repeat(70_000)}"}`;
    for (const headers of [
      { ...json, "content-length": String(large.length) },
      { ...json, "transfer-encoding": "chunked" },
    ])
      expect(await refusal("POST", path, large, headers)).toMatchObject({
        status: 413,
        code: "request.too_large",
      });
  });

  it("with a field that nobody knows is refused by that field's path", async () => {
    const problem = await refusal("POST", path, `{"items":[{"sku":"A","n":1,"colour":"red"}],"coupon":"x"}`);
    expect(problem).toMatchObject({ status: 400, code: "request.invalid" });
    expect(problem.errors?.map((error) => error.path).sort()).toEqual(["coupon", "items.0.colour"]);
  });

  it("with wrong fields is refused by their paths, of the form that came closest, and without repeating values", async () => {
    const problem = await refusal("POST", path, `{"items":[{"sku":7,"n":1},{"sku":"secret-value","n":1.5}]}`);
    expect(problem.errors?.map((error) => error.path)).toEqual(["items.0.sku", "items.1.n"]);
    expect(problem.detail).toContain("items.0.sku");
    expect(JSON.stringify(problem)).not.toContain("secret-value");
  });

  it("with NUL or a lone surrogate is refused at the edge", async () => {
    for (const note of ["a\\u0000b", "\\ud800", "x\\udc00"])
      expect(await refusal("POST", path, `{"sku":"A","note":"${note}"}`)).toMatchObject({
        code: "request.invalid",
        errors: [{ path: "note" }],
      });
  });

  it("that is JSON of another kind is refused, never an error of ours", async () => {
    for (const body of [
      "null",
      "7",
      `"x"`,
      "[]",
      "[[[[]]]]",
      "{}",
      `{"__proto__":{"sku":"A"}}`,
      `{"sku":{}}`,
      "true",
    ])
      expect(await refusal("POST", path, body)).toMatchObject({ status: 400, code: "request.invalid" });
  });
});

it("a body whose kind nobody knows is refused by the field that says it", async () => {
  for (const body of [`{"channel":"pigeon"}`, "{}", `{"channel":7,"email":"x"}`])
    expect(await refusal("POST", "/told", body)).toMatchObject({
      ...{ status: 400, code: "request.invalid", errors: [{ path: "channel" }] },
    });
  expect((await refusal("POST", "/told", `{"channel":"sms"}`)).errors).toMatchObject([{ path: "phone" }]);
});

it("a part that a file does not have is 416, and the refusal is not kept as the file would be", async () => {
  const headers = { range: "bytes=99999999-" };
  expect(await refusal("GET", "/files/serving.test.ts", undefined, headers)).toMatchObject({
    ...{ status: 416, code: "request.range_invalid" },
  });
  const answer = await send("GET", "/files/serving.test.ts", undefined, headers);
  expect(answer.headers["content-range"]).toMatch(/^bytes \*\/\d+$/);
});

describe("an address", () => {
  it("that does not exist is 404, one that is malformed 400", async () => {
    for (const path of ["/", "/nothing", "/hot/more", "/rest", "/list/1", "//", "/rest/a/b"])
      expect(await refusal("GET", path)).toMatchObject({ status: 404, code: "request.not_found" });
    for (const path of ["/rest/%E0%A4%A", "/rest/%zz", "http://[::1/hot"])
      expect(await refusal("POST", path, `{"sku":"A"}`), path).toMatchObject({
        ...{ status: 400, code: "request.malformed", title: "The request cannot be read" },
      });
  });

  it("with another method is 405 and says which it takes, hot ones too", async () => {
    for (const [method, path, allow] of [
      ["GET", "/hot", "POST"],
      ["DELETE", "/hot", "POST"],
      ["PATCH", `/rest/${id}`, "POST"],
      ["POST", "/list", "GET"],
    ] as const) {
      expect((await send(method, path)).headers.allow).toBe(allow);
      expect(await refusal(method, path)).toMatchObject({ status: 405, code: "request.method_not_allowed" });
    }
  });

  it("is the same with a query behind it or a slash at its end", async () => {
    for (const path of ["/hot?x=1", "/hot?", "/hot/"])
      expect(await send("POST", path, `{"sku":"A"}`), path).toMatchObject({ status: 201 });
  });

  it("with wrong parameters is 400 and names them", async () => {
    expect(await refusal("POST", "/rest/7", `{"sku":"A"}`)).toMatchObject({ errors: [{ path: "id" }] });
    expect(await refusal("GET", "/list?limit=ten")).toMatchObject({ errors: [{ path: "limit" }] });
    expect(await refusal("GET", "/list?limit=10")).toMatchObject({ errors: [{ path: "limit" }] });
  });
});

describe("an answer", () => {
  it("that is confidential is stored by nobody", async () => {
    expect((await send("POST", "/hot", `{"sku":"A"}`)).headers["cache-control"]).toBe("no-store");
  });

  it("to an unforeseen failure is a plain 500 that tells nothing of it", async () => {
    const problem = await refusal("GET", "/broken");
    expect(problem).toMatchObject({ status: 500, code: "server.failed", detail: "Please try again" });
    expect(JSON.stringify(problem)).not.toMatch(/select|secret|hidden|\.ts|stack/);
  });

  it("while the database is away asks to come again, for it is back in a moment", async () => {
    expect(await refusal("GET", "/away")).toMatchObject({
      status: 503,
      code: "server.busy",
      remedies: [{ kind: "wait_until", until: expect.any(String) }],
    });
  });

  it("that asks to come later says when in the header too", async () => {
    const after = Number((await send("GET", "/busy")).headers["retry-after"]);
    expect(after).toBeGreaterThan(55);
    expect(after).toBeLessThanOrEqual(60);
  });

  it("comes to whatever a socket sends, and the server lives on", async () => {
    const raw = (bytes: string) =>
      new Promise<string>((resolve) => {
        const socket = connect(port, "127.0.0.1", () => socket.end(bytes));
        let answer = "";
        socket.on("data", (data) => {
          answer += data;
        });
        socket.on("error", () => resolve(answer));
        socket.on("close", () => resolve(answer));
      });
    const host = "Host: x\r\n";
    const answers = await Promise.all(
      [
        "nonsense\r\n\r\n",
        `POST /hot HTTP/1.1\r\n${host}Content-Length: nine\r\n\r\n`,
        `POST /hot HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: 99\r\n\r\n{"sku`,
        `POST http://elsewhere/hot HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: 11\r\nConnection: close\r\n\r\n{"sku":"A"}`,
        `PROPFIND /hot HTTP/1.1\r\n${host}Connection: close\r\n\r\n`,
        `OPTIONS * HTTP/1.1\r\n${host}Connection: close\r\n\r\n`,
        `TRACE /list HTTP/1.1\r\n${host}Connection: close\r\n\r\n`,
        `GET /list?${"x".repeat(20_000)} HTTP/1.1\r\n${host}\r\n`,
        `GET /list?limit=%zz&limit=1 HTTP/1.1\r\n${host}Connection: close\r\n\r\n`,
      ].map(raw),
    );
    for (const answer of answers) expect(answer).not.toMatch(/^HTTP\/1\.1 5/);
    expect(await send("GET", "/list")).toMatchObject({ status: 200 });
  });
});
