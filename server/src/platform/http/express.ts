import { DomainError } from "@orderwatch/shared/problem.ts";
import express, { type Express, type NextFunction, type Request, type Response } from "express";
import helmet from "helmet";
import type { Endpoint } from "./endpoint.ts";
import type { Serving } from "./server.ts";

/** Everything that is not hot: security headers, the endpoints, then a problem document for what is left. */
export function createExpress(options: {
  serving: Serving;
  endpoints: readonly Endpoint[];
  production: boolean;
  /** Mounted before the endpoints, e.g. the sign-in library's own handler. */
  before?: (app: Express) => void;
  /** Mounted after them, e.g. static files. */
  after?: (app: Express) => void;
}): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.use(
    helmet({
      contentSecurityPolicy: {
        directives: {
          "default-src": ["'self'"],
          "style-src": ["'self'", "'unsafe-inline'"],
          "img-src": ["'self'", "data:"],
          "connect-src": ["'self'", "ws:", "wss:"],
          "frame-ancestors": ["'none'"],
          "upgrade-insecure-requests": options.production ? [] : null,
        },
      },
      strictTransportSecurity: options.production,
    }),
  );
  options.before?.(app);
  for (const endpoint of options.endpoints) {
    const verb = endpoint.method.toLowerCase() as "get" | "post" | "patch" | "put" | "delete";
    app[verb](endpoint.path, (request: Request, response: Response) =>
      options.serving.serve(endpoint, request, response, request.params as Record<string, string>),
    );
  }
  const known = new Map<string, string[]>();
  for (const { path, method } of options.endpoints) known.set(path, [...(known.get(path) ?? []), method]);
  for (const [path, methods] of known)
    app.all(path, (request: Request, response: Response, next: NextFunction) => {
      if (request.method === "HEAD" || request.method === "OPTIONS") return next();
      response.setHeader("allow", methods.join(", "));
      options.serving.refuse(
        new DomainError("request.method_not_allowed", `Use ${methods.join(" or ")}`),
        request,
        response,
      );
    });
  options.after?.(app);
  app.use((request: Request, response: Response) => {
    options.serving.refuse(
      new DomainError("request.not_found", `There is nothing at ${request.path}`),
      request,
      response,
    );
  });
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    options.serving.refuse(toRefusal(error), request, response);
  });
  return app;
}

/** What Express and its files say of a request that is wrong. */
function toRefusal(error: unknown): unknown {
  const status = error instanceof Error && "status" in error ? Number(error.status) : undefined;
  if (status === 416) return new DomainError("request.range_invalid", "It ends before", { cause: error });
  const isClients = error instanceof URIError || (status !== undefined && status < 500);
  return isClients
    ? new DomainError("request.malformed", "The request's address is not valid", { cause: error })
    : error;
}
