import { expect, it } from "vitest";
import { silentLog, testPool } from "../../test/live.ts";
import { keepAnnounced } from "./consoles.ts";
import { announceConsole, listConsoles, withdrawConsole } from "./consoles-store.ts";

const url = "http://127.0.0.1:8080";

it("a console is listed from its start to its stop", async () => {
  const pool = await testPool();
  const announced = await keepAnnounced({ sql: pool, address: { url, id: "one" }, log: silentLog });
  expect(await listConsoles(pool)).toEqual([url]);
  await announced.stop();
  expect(await listConsoles(pool)).toEqual([]);
});

it("a console that stops late does not take its successor off the list", async () => {
  const pool = await testPool();
  await announceConsole(pool, { url, id: "one" });
  await announceConsole(pool, { url, id: "two" });
  await withdrawConsole(pool, { url, id: "one" });
  expect(await listConsoles(pool)).toEqual([url]);
});

it("a console that no longer renews its row is not listed", async () => {
  const pool = await testPool();
  await announceConsole(pool, { url, id: "one" });
  await pool.query("update consoles set seen_at = now() - interval '21 seconds'");
  expect(await listConsoles(pool)).toEqual([]);
});
