import { describe, expect, it } from "vitest";
import { type Pressed, prefixTimeoutMs, readKey } from "./keys.ts";

const known = new Set(["g l", "g o", "j", "?"]);
const press = (key: string, given: Partial<Pressed> = {}): Pressed => ({
  key,
  modified: false,
  typing: false,
  at: 0,
  ...given,
});

describe("shortcuts", () => {
  it("two keys one after the other are one shortcut", () => {
    const first = readKey(press("g"), null, known);
    expect(first).toEqual({ run: null, prefix: { key: "g", at: 0 } });
    expect(readKey(press("o", { at: 400 }), first.prefix, known).run).toBe("g o");
  });

  it("a first key is forgotten after a while", () => {
    const late = press("o", { at: prefixTimeoutMs + 1 });
    expect(readKey(late, { key: "g", at: 0 }, known).run).toBeNull();
  });

  it("a single key still works after a first key that it does not complete", () => {
    expect(readKey(press("j", { at: 100 }), { key: "g", at: 0 }, known).run).toBe("j");
  });

  it("nothing happens while someone types, or with ctrl, alt or meta", () => {
    expect(readKey(press("j", { typing: true }), null, known).run).toBeNull();
    expect(readKey(press("j", { modified: true }), null, known).run).toBeNull();
  });
});
