import { roles } from "@orderwatch/shared/ops/roles.ts";
import { ticketTeams } from "@orderwatch/shared/ops/tickets.ts";
import { describe, expect, it } from "vitest";
import { mayMove } from "./domain.ts";
import { afterHandoff, type HandoffEnd, offeredState, otherTeam, worksIn } from "./handoff-domain.ts";

const ends: HandoffEnd[] = ["accepted", "declined", "timed_out", "withdrawn"];

describe("a handoff", () => {
  it.each(ticketTeams)("from %s always ends where somebody has it or the queue does", (from) => {
    for (const end of ends) {
      const after = afterHandoff({ from, to: otherTeam(from) }, end);
      // Only support has a queue, so nobody's ticket is open there.
      if (after.owner === "nobody") expect(after).toMatchObject({ state: "open", team: "support" });
      expect(after.state).toBe(after.team === "support" ? "open" : "waiting_engineering");
      expect(mayMove("waiting_engineering", after.state) || after.state === "waiting_engineering").toBe(true);
    }
  });

  it("is engineering's once accepted, and support's again once declined", () => {
    const offer = { from: "support", to: "engineering" } as const;
    expect(offeredState("engineering")).toBe("waiting_engineering");
    expect(afterHandoff(offer, "accepted")).toEqual({
      ...{ state: "waiting_engineering", team: "engineering", owner: "answerer" },
    });
    expect(afterHandoff(offer, "declined")).toEqual({ state: "open", team: "support", owner: "keep" });
  });

  it("is answered by whoever works in the team, and by nobody else", () => {
    const byTeam = (team: "support" | "engineering") => roles.filter((role) => worksIn(role, team));
    expect(byTeam("support")).toEqual(["admin", "operations", "support"]);
    expect(byTeam("engineering")).toEqual(["admin", "engineer"]);
  });
});
