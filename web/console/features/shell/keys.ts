/** Turns key presses into shortcuts: `j`, `?`, or `g l` for two keys one after the other. */

/** How long a first key waits for its second, in ms. */
export const prefixTimeoutMs = 1200;

export interface Pressed {
  key: string;
  /** True with ctrl, alt or meta: such presses belong to the browser. */
  modified: boolean;
  /** True while the focus is where text is typed. */
  typing: boolean;
  at: number;
}

export interface Prefix {
  key: string;
  at: number;
}

/** What a press means: a shortcut to run, a prefix to remember, or neither. */
export function readKey(
  pressed: Pressed,
  prefix: Prefix | null,
  known: ReadonlySet<string>,
): { run: string | null; prefix: Prefix | null } {
  if (pressed.modified || pressed.typing) return { run: null, prefix: null };
  if (prefix !== null && pressed.at - prefix.at <= prefixTimeoutMs) {
    const both = `${prefix.key} ${pressed.key}`;
    if (known.has(both)) return { run: both, prefix: null };
  }
  if (known.has(pressed.key)) return { run: pressed.key, prefix: null };
  const starts = [...known].some((keys) => keys.startsWith(`${pressed.key} `));
  return { run: null, prefix: starts ? { key: pressed.key, at: pressed.at } : null };
}
