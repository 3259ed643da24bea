import { readFile } from "node:fs/promises";

/** A supervisor's children that run now, by their nodes' names (Linux only); none once it is gone. */
export async function childrenOf(supervisor: number): Promise<{ name: string; pid: number }[]> {
  const list = await readFile(`/proc/${supervisor}/task/${supervisor}/children`, "utf8").catch(() => "");
  const all = await Promise.all(
    list
      .split(" ")
      .filter(Boolean)
      .map(async (pid) => {
        // A child may end between the two reads.
        const environ = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
        const name = environ.split("\0").find((entry) => entry.startsWith("NODE_NAME="));
        return name === undefined ? [] : [{ name: name.slice("NODE_NAME=".length), pid: Number(pid) }];
      }),
  );
  return all.flat();
}

/** The session that a process belongs to, by the number of the process that began it (Linux only). */
export async function sessionOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // proc(5): after the command's name, which may hold spaces, come state, parent, process group and session.
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[3]);
}
