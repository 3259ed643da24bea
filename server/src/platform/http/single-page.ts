import { existsSync } from "node:fs";
import { join } from "node:path";
import express, { type Express, type NextFunction, type Response } from "express";

/**
 * Serves a built bundle: files under `assets/` carry a hash in their name and are kept for ever; the page itself answers
 * every address of `pages` (exact paths, or patterns) and is asked for anew each time. With `lost` it is also what a person
 * sees at an address where nothing is, as 404; programs, which ask for no HTML, get the problem document.
 */
export function serveSinglePage(
  app: Express,
  options: { folder: string; pages: readonly (string | RegExp)[]; lost?: RegExp },
): void {
  const page = join(options.folder, "index.html");
  if (!existsSync(page)) throw new Error(`${page} is missing; build the web bundles first`);
  app.use(
    "/assets",
    express.static(join(options.folder, "assets"), { immutable: true, maxAge: "365d", index: false }),
  );
  app.use(express.static(options.folder, { index: false, maxAge: "1h", dotfiles: "ignore" }));
  const send = (response: Response, next: NextFunction) =>
    response.sendFile(page, { headers: { "cache-control": "no-cache" } }, (error) => {
      if (error) next(error);
    });
  app.get([...options.pages], (_request, response, next) => send(response, next));
  const { lost } = options;
  if (lost === undefined) return;
  app.get(lost, (request, response, next) => {
    if (request.accepts(["json", "html"]) === "html") send(response.status(404), next);
    else next();
  });
}
