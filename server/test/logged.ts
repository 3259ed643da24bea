/** Whether a line is one of a log, and not the stack of what ended a process. */
export const isLogged = (line: string) => line.startsWith("{");

/** Log lines by their message. */
export function summarize(lines: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const line of lines) {
    const [, text = line.slice(0, 100)] = /"msg":"([^"]*)"/.exec(line) ?? [];
    const [, error = ""] = /"message":"([^"]*)"/.exec(line) ?? [];
    const what = error === "" ? text : `${text} | ${error.slice(0, 100)}`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a).slice(0, 60));
}
