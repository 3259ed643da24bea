import { ticketStates } from "@orderwatch/shared/ops/tickets.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { distribute, mayMove, movesOf, transitions } from "./domain.ts";

describe("a ticket's states", () => {
  it("every state is reached from new", () => {
    const seen = new Set<string>(["new"]);
    for (const state of seen) for (const to of transitions[state as keyof typeof transitions]) seen.add(to);
    expect([...seen].sort()).toEqual([...ticketStates].sort());
  });

  it("nothing becomes new again, and what ended comes back only as open", () => {
    for (const from of ticketStates) expect(mayMove(from, "new")).toBe(false);
    expect(transitions.resolved).toEqual(["open", "closed"]);
    expect(transitions.closed).toEqual(["open"]);
  });

  it("no state follows itself, and every pair that is not listed is refused", () => {
    for (const from of ticketStates)
      for (const to of ticketStates)
        expect(mayMove(from, to)).toBe((transitions[from] as readonly string[]).includes(to) && from !== to);
  });

  it("what was merged into another goes nowhere", () => {
    expect(movesOf({ state: "closed", mergedInto: "x" })).toEqual([]);
    expect(movesOf({ state: "closed", mergedInto: null })).toEqual(["open"]);
  });
});

describe("who gets which ticket", () => {
  const agent = fc.record({
    id: fc.uuid(),
    name: fc.constant("A"),
    capacity: fc.integer({ min: 1, max: 5 }),
    load: fc.integer({ min: 0, max: 6 }),
    skills: fc.subarray(["payments", "risk"]),
  });
  const ticket = fc.record({ id: fc.uuid(), skills: fc.subarray(["payments", "risk"]) });

  it("the oldest is never passed by for one that the same person could have had later", () => {
    fc.assert(
      fc.property(
        fc.array(ticket, { maxLength: 12 }),
        fc.uniqueArray(agent, { maxLength: 4, selector: ({ id }) => id }),
        (waiting, agents) => {
          const given = distribute(waiting, agents);
          for (const [index, passed] of waiting.entries()) {
            if (given.some((one) => one.ticket === passed)) continue;
            const able = agents.filter((one) => passed.skills.every((skill) => one.skills.includes(skill)));
            // Whoever could do it was full before a younger one was looked at.
            for (const one of able) {
              const later = given.filter(
                (each) => each.agent.id === one.id && waiting.indexOf(each.ticket) > index,
              );
              expect(later).toEqual([]);
            }
          }
        },
      ),
    );
  });

  it("nobody gets more than their capacity, or what they lack the skill for", () => {
    fc.assert(
      fc.property(
        fc.array(ticket, { maxLength: 12 }),
        fc.uniqueArray(agent, { maxLength: 4, selector: ({ id }) => id }),
        (waiting, agents) => {
          const given = distribute(waiting, agents);
          for (const one of agents) {
            const theirs = given.filter((each) => each.agent.id === one.id);
            expect(theirs.length).toBeLessThanOrEqual(Math.max(0, one.capacity - one.load));
            for (const each of theirs)
              expect(each.ticket.skills.every((skill) => one.skills.includes(skill))).toBe(true);
          }
        },
      ),
    );
  });
});
