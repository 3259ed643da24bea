/** Labels as lines of text: `channel=alipay`. */
export const labelLines = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join("\n");

const line = /^([a-zA-Z_][a-zA-Z0-9_]{0,63})\s*=\s*(.{1,200})$/;

/** The labels of such lines; null where a line is none. */
export function readLabels(text: string): Record<string, string> | null {
  const found = text
    .split("\n")
    .map((each) => each.trim())
    .filter((each) => each !== "")
    .map((each) => line.exec(each));
  const pairs = found.flatMap((match) => (match?.[1] && match[2] ? [[match[1], match[2]] as const] : []));
  return pairs.length === found.length ? Object.fromEntries(pairs) : null;
}
