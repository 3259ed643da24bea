import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedPostgres } from "../src/platform/embedded-postgres.ts";
import { createLog } from "../src/platform/log.ts";
import { migrate } from "../src/platform/migrations.ts";
import { benchOrders } from "./orders.ts";

/** Each benchmark prints its figure beside a reference measured in the same run: absolute times mean little. */
const folder = await mkdtemp(join(tmpdir(), "orderwatch-bench-"));
const postgres = await startEmbeddedPostgres({
  dataDir: folder,
  durable: true,
  logger: createLog({ level: "warn", name: "bench" }),
});
try {
  await migrate(postgres.url);
  await benchOrders({ databaseUrl: postgres.url, dataDir: folder });
} finally {
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
}
