import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** Below those that Linux gives to whoever connects (`net.ipv4.ip_local_port_range`), above those that programs are known by. */
const range = { from: 15_000, below: 32_000 };

/**
 * Ports that are free now, and that nobody's outgoing connection takes while whoever listens on them is away: a program
 * that is killed and started again still finds them free.
 */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  while (found.size < count) {
    const port = randomInt(range.from, range.below);
    if (await isFree(port)) found.add(port);
  }
  return [...found];
}

function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}
