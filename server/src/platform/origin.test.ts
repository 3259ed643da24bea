import { describe, expect, it } from "vitest";
import { createKeys } from "./crypto.ts";
import { signOrigin, verifyOrigin } from "./origin.ts";

const keys = createKeys("a master key of the tests, long enough");
const strangers = createKeys("a master key of somebody else, long enough");
const buyer = { origin: "buyer", id: null };

describe("O10: the origin of an order", () => {
  it("is what a holder of the master key signed", () => {
    for (const origin of ["simulated", "drill"] as const)
      expect(verifyOrigin(keys, signOrigin(keys, origin, "run-7"))).toEqual({ origin, id: "run-7" });
  });

  it("is a buyer's without a header, with a malformed one, and with every forgery", () => {
    const signed = signOrigin(keys, "simulated", "run-7");
    const [, , mac] = signed.split(".");
    const forged = [
      undefined,
      "",
      "simulated",
      "simulated.run-7",
      "simulated.run-7.",
      `simulated.run-8.${mac}`,
      `drill.run-7.${mac}`,
      `buyer.run-7.${keys.sign("origin", "buyer.run-7")}`,
      `simulated..${keys.sign("origin", "simulated.")}`,
      `simulated.run-7.${keys.sign("order-token", "simulated.run-7")}`,
      signOrigin(strangers, "drill", "run-7"),
      `${signed}.more`,
      `${signed}, ${signed}`,
      signed.toUpperCase(),
    ];
    expect(forged.map((header) => verifyOrigin(keys, header))).toEqual(forged.map(() => buyer));
  });
});
