import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";

const program = join(import.meta.dirname, "main.ts");

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "orderwatch-main-"));
  return () => rm(dataDir, { recursive: true, force: true });
});

function run(
  environment: Record<string, string>,
): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const env = { PATH: process.env.PATH, DATA_DIR: dataDir, ...environment };
  return new Promise((resolve) => {
    execFile(process.execPath, [program], { env }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

test.each([
  [{ SHOP_PORT: "eighty" }, 'SHOP_PORT: got "eighty", wants a port from 0 to 65535\n'],
  [{ ROLE: "cashier" }, 'ROLE: got "cashier", wants all, console, shop or sandbox\n'],
  [{ SECRET_KEY: "short" }, 'SECRET_KEY: got "5 characters", wants at least 32 characters\n'],
  [{ ROLE: "shop" }, "DATABASE_URL: got nothing, wants a database when ROLE is shop\n"],
  [{ HOST: "no.such.host.invalid" }, "HOST: no.such.host.invalid has no address\n"],
])("a start with %o ends with 1 and one line that says what is wrong", async (environment, line) => {
  expect(await run(environment)).toEqual({ code: 1, stdout: "", stderr: line });
});

test("a start that fails for another reason ends with 1 and one line of the log, without what is secret", async () => {
  const environment = {
    ROLE: "shop",
    NODE_NAME: "shop-7",
    SECRET_KEY: "s".repeat(32),
    DATABASE_URL: "postgres://shop:hunter22@127.0.0.1:1/shop",
  };
  const { code, stdout, stderr } = await run(environment);
  expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
  expect(JSON.parse(stdout)).toMatchObject({ level: 60, node: "shop-7", err: { code: "ECONNREFUSED" } });
  expect(stdout).not.toContain("hunter22");
});

test("a refused start leaves no lock", async () => {
  await run({ HOST: "no.such.host.invalid" });
  expect(await readdir(dataDir)).toEqual([]);
});
