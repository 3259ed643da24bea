import { setImmediate as turn } from "node:timers/promises";
import type { StockCounts, StockImport } from "@orderwatch/shared/ops/stock.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Cache } from "../../platform/cache.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Keys } from "../../platform/crypto.ts";
import type { Database } from "../../platform/db.ts";
import type { NewId } from "../../platform/ids.ts";
import type { Logger } from "../../platform/log.ts";
import { catalogueChanged, findProduct, lowStockBelow } from "../catalog/actions.ts";
import { beatEveryMs, effectiveStatus, lostAfterMs, lostDetail } from "./domain.ts";
import { BadLine, readCodeLines } from "./lines.ts";
import { codeLookup, sealCode } from "./sealing.ts";
import * as store from "./store.ts";

export { openCode } from "./sealing.ts";

export interface StockContext {
  db: Database;
  clock: Clock;
  newId: NewId;
  keys: Keys;
  log: Logger;
  /** Tells the nodes of what has changed. */
  cache: Pick<Cache, "changed">;
}

/** Rows a transaction: few enough that readers of the event cursor never wait long for an import. */
const chunkSize = 2_000;
/** Codes sealed without giving others a turn: about 3 ms. */
const sealAtOnce = 250;

export interface ImportRequest {
  sku: string;
  staffId: string | null;
  /** The caller's own id for the import, by which it can ask for progress at once; also takes up one that stopped. */
  importId?: string | undefined;
}

export interface ImportResult {
  importId: string;
  imported: number;
  /** Codes that the shop has already, of whatever product, or that came twice. */
  duplicates: number;
}

/**
 * Imports codes in chunks. What is committed stays when it breaks off; the same codes sent again import only what is
 * missing. Throws `product.not_found`, `import.running`, and `request.invalid` for a product that has no stock.
 */
export async function importCodes(
  context: StockContext,
  request: ImportRequest & { codes: readonly string[] },
): Promise<ImportResult> {
  const { codes } = request;
  async function* chunks() {
    for (let at = 0; at < codes.length; at += chunkSize) yield codes.slice(at, at + chunkSize);
  }
  return await runImport(context, request, codes.length, chunks());
}

/**
 * Imports NDJSON as it arrives; reading waits for the database. Throws as `importCodes`, and `request.invalid` naming
 * the line that is no code; the chunks before it stay imported.
 */
export async function importCodeStream(
  context: StockContext,
  request: ImportRequest & { body: AsyncIterable<Buffer> },
): Promise<ImportResult> {
  async function* chunks() {
    let chunk: string[] = [];
    for await (const { code } of readCodeLines(request.body)) {
      chunk.push(code);
      if (chunk.length < chunkSize) continue;
      yield chunk;
      chunk = [];
    }
    if (chunk.length > 0) yield chunk;
  }
  return await runImport(context, request, 0, chunks());
}

async function runImport(
  context: StockContext,
  request: ImportRequest,
  announced: number,
  chunks: AsyncIterable<readonly string[]>,
): Promise<ImportResult> {
  const { db, clock, log } = context;
  const product = await findProduct(context, request.sku);
  if (product.kind !== "code")
    throw new DomainError("request.invalid", `${request.sku} is a recharge; it has no codes`);
  const importId = request.importId ?? context.newId();
  const now = clock.now();
  const opened = await store.openImport(db, {
    id: importId,
    productId: product.id,
    received: announced,
    staffId: request.staffId,
    at: now,
    lostBefore: new Date(now.getTime() - lostAfterMs),
  });
  if (!opened) throw new DomainError("import.running", "An import with this id is running");
  const before = await store.findImport(db, importId);
  const beat = setInterval(() => {
    store.renewBeat(db, importId, clock.now()).catch((error: unknown) => {
      log.warn({ err: error, importId }, "an import's beat could not be renewed");
    });
  }, beatEveryMs);
  try {
    let progress: store.Progress = before ?? { imported: 0, duplicates: 0 };
    for await (const chunk of chunks)
      progress = await addChunk(context, importId, product.id, chunk, announced === 0 ? chunk.length : 0);
    await store.closeImport(db, importId, { status: "finished", at: clock.now(), detail: null });
    const imported = progress.imported - (before?.imported ?? 0);
    const duplicates = progress.duplicates - (before?.duplicates ?? 0);
    log.info({ importId, sku: request.sku, imported, duplicates }, "codes were imported");
    return { importId, imported, duplicates };
  } catch (error) {
    const failure = toFailure(error);
    if (failure.cause !== undefined) log.error({ err: error, importId }, "an import broke off");
    await store
      .closeImport(db, importId, { status: "failed", at: clock.now(), detail: failure.message })
      .catch((cause: unknown) => log.warn({ err: cause, importId }, "an import could not be closed"));
    throw failure;
  } finally {
    clearInterval(beat);
  }
}

async function addChunk(
  { db, clock, keys, cache }: StockContext,
  importId: string,
  productId: string,
  chunk: readonly string[],
  newlyReceived: number,
): Promise<store.Progress> {
  const rows = await sealChunk(keys, productId, chunk);
  const progress = await store.addChunk(db.sql, {
    importId,
    productId,
    sealed: rows.map((row) => row.sealed),
    lookups: rows.map((row) => row.lookup),
    newlyReceived,
    at: clock.now(),
  });
  if (!progress) throw new DomainError("import.failed", lostDetail);
  catalogueChanged(cache);
  return progress;
}

/** Sealed and sorted by lookup, giving others a turn in between. */
export async function sealChunk(
  keys: Keys,
  productId: string,
  chunk: readonly string[],
): Promise<{ sealed: Buffer; lookup: Buffer }[]> {
  const rows: { sealed: Buffer; lookup: Buffer }[] = [];
  for (let at = 0; at < chunk.length; at += sealAtOnce) {
    for (const code of chunk.slice(at, at + sealAtOnce))
      rows.push({ sealed: sealCode(keys, productId, code), lookup: codeLookup(keys, code) });
    await turn();
  }
  return rows.sort((a, b) => a.lookup.compare(b.lookup));
}

/** What the caller is told; nothing of it repeats what was sent. */
function toFailure(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  if (error instanceof BadLine)
    return new DomainError("request.invalid", `Line ${error.line}: ${error.message}`, {
      errors: [{ path: `codes.${error.line - 1}`, message: `line ${error.line}: ${error.message}` }],
    });
  return new DomainError("import.failed", "The import broke off; send the same codes again to go on", {
    cause: error,
  });
}

/** Throws `import.not_found`. An import whose process is gone reads as failed. */
export async function readImport(
  { db, clock }: Pick<StockContext, "db" | "clock">,
  id: string,
): Promise<StockImport> {
  const row = await store.findImport(db, id);
  if (!row) throw new DomainError("import.not_found", "There is no such import");
  const { beatAt, startedAt, finishedAt, ...rest } = row;
  const status = effectiveStatus(row.status, beatAt, clock.now());
  return {
    ...rest,
    status,
    detail: status === row.status ? row.detail : lostDetail,
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
  };
}

/** A product's ledger and its codes by state. Throws `product.not_found`. */
export async function readStock({ db }: Pick<StockContext, "db">, sku: string): Promise<StockCounts> {
  const product = await findProduct({ db }, sku);
  return await store.countStock(db, product.id);
}

/** Keeps the ledger short. Safe from several processes at once. */
export async function foldLedger({ db }: Pick<StockContext, "db">): Promise<void> {
  await store.foldStockChanges(db.sql, 200);
}

/** Marks imports that lost their process as failed. For the start of a console and now and then. */
export async function failLostImports({
  db,
  clock,
  log,
}: Pick<StockContext, "db" | "clock" | "log">): Promise<void> {
  const at = clock.now();
  const before = new Date(at.getTime() - lostAfterMs);
  const ids = await store.failLost(db, { before, at, detail: lostDetail });
  if (ids.length > 0) log.warn({ imports: ids }, "imports had lost their process");
}

/** What is about to run out, the most urgent first, for the dashboard. */
export async function listRunningLow({
  db,
  clock,
}: Pick<StockContext, "db" | "clock">): Promise<store.RunningLow[]> {
  return await store.listRunningLow(db.sql, {
    now: clock.now(),
    few: lowStockBelow,
    sample: 10_000,
    limit: 20,
  });
}
