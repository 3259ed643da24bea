import { Id } from "@orderwatch/shared/ids.ts";
import type { OpsRoutes } from "@orderwatch/shared/ops/routes.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { Parsed } from "../../platform/http/endpoint.ts";
import { type HttpRequest, header } from "../../platform/http/message.ts";
import { changeProduct, createProduct, listStocked } from "../../shop/catalog/actions.ts";
import {
  importCodeStream,
  importCodes,
  readImport,
  readStock,
  type StockContext,
} from "../../shop/stock/actions.ts";

type ByStaff = { staff: { id: string } };

/** Handlers of the catalogue's and stock's routes, by their names in the contract. */
export function catalogRoutes(context: StockContext) {
  return {
    listProducts: async () => ({ items: await listStocked(context), nextCursor: null }),
    createProduct: async ({ body }: Parsed<OpsRoutes["createProduct"]>) => {
      const { id: _, ...product } = await createProduct(context, body);
      return product;
    },
    changeProduct: ({ params, body }: Parsed<OpsRoutes["changeProduct"]>) =>
      changeProduct(context, params.sku, body),
    importCodes: ({ params, body, request, staff }: Parsed<OpsRoutes["importCodes"]> & ByStaff) =>
      importCodes(context, {
        sku: params.sku,
        codes: body.codes,
        staffId: staff.id,
        importId: importIdOf(request),
      }),
    readImport: ({ params }: Parsed<OpsRoutes["readImport"]>) => readImport(context, params.id),
    readStock: ({ params }: Parsed<OpsRoutes["readStock"]>) => readStock(context, params.sku),
  };
}

/** The import again, as NDJSON: one code a line, read as fast as the database takes it. */
export function codeStream(context: StockContext) {
  return {
    contentType: "application/x-ndjson",
    handle: ({ params, request, staff }: Omit<Parsed<OpsRoutes["importCodes"]>, "body"> & ByStaff) => {
      if (!request.stream) throw new Error("a stream's handler without its stream");
      return importCodeStream(context, {
        sku: params.sku,
        // Ending early must not cut the connection: the refusal still has to go out on it.
        body: request.stream.iterator({ destroyOnReturn: false }),
        staffId: staff.id,
        importId: importIdOf(request),
      });
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
