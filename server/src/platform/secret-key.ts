import { randomBytes } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

async function read(path: string): Promise<string | null> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

/**
 * The master key kept in `DATA_DIR/secret.key` (readable by the owner alone), made on first use.
 * Processes that make it at the same time end up with the same one. Throws when the file is unreadable or cut.
 */
export async function provideSecretKey(dataDir: string): Promise<string> {
  const path = join(dataDir, "secret.key");
  let key = await read(path);
  if (key === null) {
    await mkdir(dataDir, { recursive: true });
    const draft = `${path}.${process.pid}`;
    await writeFile(draft, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600, flush: true });
    // A link never replaces: whoever comes second takes the key of the first.
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    await rm(draft);
    key = await read(path);
  }
  if (key === null || key.length < 32) throw new Error(`${path} is damaged: it holds no key`);
  return key;
}
