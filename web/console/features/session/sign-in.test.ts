import { describe, expect, it } from "vitest";
import { safeReturn } from "./sign-in.ts";

describe("the way back after signing in", () => {
  it("leads only to a path of this console", () => {
    expect(safeReturn("/orders?status=paid")).toBe("/orders?status=paid");
    expect(safeReturn(undefined)).toBe("/");
    expect(safeReturn("https://evil.example/")).toBe("/");
    expect(safeReturn("//evil.example/")).toBe("/");
    expect(safeReturn("/\\evil.example/")).toBe("/");
  });

  it("never leads back to the sign-in itself", () => {
    expect(safeReturn("/sign-in?back=%2F")).toBe("/");
  });
});
