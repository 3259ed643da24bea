import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { findObstacle, parseAccounts, pickAccount } from "./account.ts";
import { parsePidFile } from "./postmaster.ts";

const passwd = `root:x:0:0:root:/root:/bin/bash
malformed line
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash
ana:x:1000:1000::/home/ana:/bin/sh
`;

test("root gives a new cluster to a database account before nobody, and an old one to its owner", () => {
  const accounts = parseAccounts(passwd);
  expect(pickAccount(accounts, null)).toEqual({ name: "postgres", uid: 101, gid: 104 });
  expect(pickAccount(accounts, 1000)).toEqual({ name: "ana", uid: 1000, gid: 1000 });
  expect(pickAccount(parseAccounts(passwd.replace("postgres:", "pg:")), null).name).toBe("nobody");
});

test("no account to run as is said in words that help", () => {
  expect(() => pickAccount([], null)).toThrow("set DATABASE_URL");
  expect(() => pickAccount(parseAccounts(passwd), 7)).toThrow("belongs to uid 7");
  expect(() => pickAccount(parseAccounts("toor:x:0:0::/:/bin/sh"), 0)).toThrow("belongs to uid 0");
});

test("the first closed door on the way is found, by owner, group or other", async () => {
  const top = await mkdtemp(join(tmpdir(), "orderwatch-doors-"));
  onTestFinished(() => rm(top, { recursive: true, force: true }));
  const inner = join(top, "closed", "inner");
  await mkdir(inner, { recursive: true });
  await writeFile(join(inner, "program"), "", { mode: 0o755 });
  await Promise.all([chmod(top, 0o755), chmod(join(top, "closed"), 0o700), chmod(inner, 0o755)]);
  const stranger = { name: "stranger", uid: 54_321, gid: 54_321 };
  const owner = { name: "owner", uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  expect(await findObstacle(join(inner, "program"), stranger)).toMatch(/\/closed$/);
  expect(await findObstacle(join(inner, "program"), owner)).toBeNull();
  await chmod(join(top, "closed"), 0o710);
  expect(await findObstacle(inner, { ...stranger, gid: owner.gid })).toBeNull();
  await chmod(join(top, "closed"), 0o701);
  expect(await findObstacle(inner, stranger)).toBeNull();
});

test("a pid file that is still being written names nobody", () => {
  expect(parsePidFile("")).toBeNull();
  expect(parsePidFile("4711\n/data\n1\n5433\n\n127.0.0.1\n  1  2\nready   \n")).toEqual({
    pid: 4711,
    status: "ready",
  });
  expect(parsePidFile("4711\n/data\n")).toEqual({ pid: 4711, status: "" });
});
