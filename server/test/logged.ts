/** Whether a line is one of a log, and not the stack of what ended a process. */
export const isLogged = (line: string) => line.startsWith("{");

const mostShown = 60;
/** Of the logger's levels, the one from which on something failed. */
const errorLevel = 50;

/** Log lines by their message: failures first, however rare, and then what was said most often. */
export function summarize(lines: readonly string[]): Record<string, number> {
  const said = new Map<string, { count: number; level: number }>();
  for (const line of lines) {
    const [, text = line.slice(0, 100)] = /"msg":"([^"]*)"/.exec(line) ?? [];
    const [, error = ""] = /"message":"([^"]*)"/.exec(line) ?? [];
    const what = error === "" ? text : `${text} | ${error.slice(0, 100)}`;
    const level = Number(/"level":(\d+)/.exec(line)?.[1] ?? 0);
    const before = said.get(what) ?? { count: 0, level };
    said.set(what, { count: before.count + 1, level: Math.max(before.level, level) });
  }
  const isFailure = ({ level }: { level: number }) => Number(level >= errorLevel);
  const sorted = [...said].sort(([, a], [, b]) => isFailure(b) - isFailure(a) || b.count - a.count);
  return Object.fromEntries(sorted.slice(0, mostShown).map(([what, { count }]) => [what, count]));
}
