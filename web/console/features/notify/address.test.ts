import { expect, it } from "vitest";
import { addressOf, fieldsOf, typedChannels } from "./address.ts";

it("an address has exactly its channel's fields, and a missing one makes none", () => {
  for (const channel of typedChannels) {
    expect(Object.keys(addressOf(channel, (name) => `my ${name}`) ?? {}).sort()).toEqual(
      ["channel", ...fieldsOf[channel]].sort(),
    );
    for (const missing of fieldsOf[channel])
      expect(addressOf(channel, (name) => (name === missing ? "" : "x"))).toBeNull();
  }
});
