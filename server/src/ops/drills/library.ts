import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Drill } from "@orderwatch/shared/ops/drills.ts";
import { DrillError, type KnownNames, parseDrill } from "./document.ts";

/** The drills that this version comes with. */
export const shippedDrills = join(import.meta.dirname, "../../../../drills");

/** All drills of a folder by their slugs. Throws DrillError with every problem of every file, each named. */
export async function readDrills(
  known: KnownNames,
  folder: string = shippedDrills,
): Promise<ReadonlyMap<string, Drill>> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(".yaml")).sort();
  const problems: string[] = [];
  const drills = new Map<string, Drill>();
  for (const file of files) {
    const slug = file.slice(0, -".yaml".length);
    try {
      drills.set(slug, parseDrill(slug, await readFile(join(folder, file), "utf8"), known));
    } catch (error) {
      if (!(error instanceof DrillError)) throw error;
      problems.push(...error.message.split("\n").map((line) => `drills/${file}: ${line}`));
    }
  }
  if (problems.length > 0) throw new DrillError(problems.join("\n"));
  return drills;
}
