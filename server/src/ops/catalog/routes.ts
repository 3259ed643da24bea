import { Id } from "@orderwatch/shared/ids.ts";
import type { OpsRoutes } from "@orderwatch/shared/ops/routes.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Parsed } from "../../platform/http/endpoint.ts";
import { type HttpRequest, header } from "../../platform/http/message.ts";
import { changeProduct, createProduct, listStocked } from "../../shop/catalog/actions.ts";
import {
  type ImportResult,
  importCodeStream,
  importCodes,
  readImport,
  readStock,
  type StockContext,
} from "../../shop/stock/actions.ts";
import { type AuditFacts, type By, recordAudit } from "../audit/actions.ts";

type ByStaff = { staff: { id: string; name: string } };

const target = (sku: string) => ({ kind: "product", id: sku });

/** What was asked for, as the audit log keeps it. */
const factsOf = (given: object): AuditFacts =>
  Object.fromEntries(
    Object.entries(given).flatMap(([name, value]: [string, unknown]) =>
      value === undefined ? [] : [[name, isPlain(value) ? value : JSON.stringify(value)]],
    ),
  );

const isPlain = (value: unknown): value is string | number | boolean | null =>
  value === null || ["string", "number", "boolean"].includes(typeof value);

/** An import commits chunk by chunk; its audit entry follows, and one that breaks off says that it did. */
async function importing(
  context: StockContext,
  sku: string,
  by: By,
  work: () => Promise<ImportResult>,
): Promise<ImportResult> {
  const note = { action: "stock.imported", target: target(sku) };
  let result: ImportResult;
  try {
    result = await work();
  } catch (error) {
    if (!(error instanceof DomainError) || error.code === "import.failed")
      await recordAudit(context, by, { ...note, action: "stock.importFailed" });
    throw error;
  }
  const { importId, imported, duplicates } = result;
  await recordAudit(context, by, { ...note, facts: { import: importId, imported, duplicates } });
  return result;
}

/** Handlers of the catalogue's and stock's routes, by their names in the contract. */
export function catalogRoutes(context: StockContext) {
  return {
    listProducts: async () => ({ items: await listStocked(context), nextCursor: null }),
    createProduct: async ({ body, staff, request }: Parsed<OpsRoutes["createProduct"]> & ByStaff) => {
      const note = { action: "product.created", target: target(body.sku), facts: factsOf(body) };
      const { id: _, ...product } = await createProduct(context, body, (within) =>
        recordAudit({ ...context, db: within }, { staff, requestId: request.id }, note),
      );
      return product;
    },
    changeProduct: ({ params, body, staff, request }: Parsed<OpsRoutes["changeProduct"]> & ByStaff) => {
      const note = { action: "product.changed", target: target(params.sku), facts: factsOf(body) };
      return changeProduct(context, params.sku, body, (within) =>
        recordAudit({ ...context, db: within }, { staff, requestId: request.id }, note),
      );
    },
    importCodes: ({ params, body, request, staff }: Parsed<OpsRoutes["importCodes"]> & ByStaff) =>
      importing(context, params.sku, { staff, requestId: request.id }, () =>
        importCodes(context, {
          sku: params.sku,
          codes: body.codes,
          staffId: staff.id,
          importId: importIdOf(request),
        }),
      ),
    readImport: ({ params }: Parsed<OpsRoutes["readImport"]>) => readImport(context, params.id),
    readStock: ({ params }: Parsed<OpsRoutes["readStock"]>) => readStock(context, params.sku),
  };
}

/** The import again, as NDJSON: one code a line, read as fast as the database takes it. */
export function codeStream(context: StockContext) {
  return {
    contentType: "application/x-ndjson",
    handle: ({ params, request, staff }: Omit<Parsed<OpsRoutes["importCodes"]>, "body"> & ByStaff) => {
      const { stream } = request;
      if (!stream) throw new Error("a stream's handler without its stream");
      return importing(context, params.sku, { staff, requestId: request.id }, () =>
        importCodeStream(context, {
          sku: params.sku,
          // Ending early must not cut the connection: the refusal still has to go out on it.
          body: stream.iterator({ destroyOnReturn: false }),
          staffId: staff.id,
          importId: importIdOf(request),
        }),
      );
    },
  };
}

/** `Import-Id`: the caller's own UUIDv7, by which it can ask for progress while it sends. */
function importIdOf(request: HttpRequest): string | undefined {
  const given = header(request, "import-id");
  if (given === undefined || Id.safeParse(given).success) return given;
  throw new DomainError("request.invalid", "Import-Id: a UUIDv7", {
    errors: [{ path: "Import-Id", message: "a UUIDv7" }],
  });
}
