import { Id } from "@orderwatch/shared/ids.ts";
import { expect, test } from "vitest";
import { newId } from "./new-id.ts";

test("an id is a UUIDv7, and another one each time", () => {
  const ids = Array.from({ length: 50 }, newId);
  for (const id of ids) expect(Id.safeParse(id).success, id).toBe(true);
  expect(new Set(ids).size).toBe(50);
});
