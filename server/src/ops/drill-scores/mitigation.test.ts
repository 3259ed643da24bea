import { expect, it } from "vitest";
import { isMomentary } from "../drills/actions.ts";
import type { IncidentFacts } from "./facts.ts";
import { mitigationOf } from "./mitigation.ts";

const anIncident = (given: Partial<IncidentFacts>): IncidentFacts => ({
  ...{ rule: "node-dead", level: 2, openedS: 2, acknowledgedS: 5, firstStepS: 6, runbooks: [] },
  ...{ mitigatedS: null, actedS: null, saidS: null },
  ...given,
});
const by = (...incidents: Partial<IncidentFacts>[]) =>
  mitigationOf({ incidents: incidents.map(anIncident), revertedS: 30 });

it("what is over while the fault is still out was mitigated, by machines where no person acted", () => {
  expect(by({ mitigatedS: 20 })).toEqual({ by: "machines", atS: 20 });
  expect(by({ mitigatedS: 20, actedS: 8 })).toEqual({ by: "people", atS: 20 });
});

it("what is over only once the fault was taken back counts for a person who had acted or said so, and for nobody else", () => {
  expect(by({ mitigatedS: 45 })).toEqual({ by: "itself", atS: 45 });
  expect(by({ mitigatedS: 45, actedS: 20 })).toEqual({ by: "people", atS: 45 });
  expect(by({ mitigatedS: 45, actedS: 50 })).toEqual({ by: "itself", atS: 45 });
  expect(by({ mitigatedS: 45, saidS: 45 })).toEqual({ by: "people", atS: 45 });
  expect(by({ mitigatedS: 45, saidS: 60 })).toEqual({ by: "itself", atS: 45 });
});

it("one act serves all incidents of a run, and one that healed by itself with nobody acting spoils it", () => {
  expect(by({ mitigatedS: 45, actedS: 20 }, { mitigatedS: 60 })).toEqual({ by: "people", atS: 60 });
  expect(by({ mitigatedS: 20 }, { mitigatedS: 60 })).toEqual({ by: "itself", atS: 60 });
});

it("a run is mitigated once the last of its incidents is", () => {
  expect(by()).toEqual({ by: "nobody" });
  expect(by({ mitigatedS: 20 }, { mitigatedS: null })).toEqual({ by: "nobody" });
});

it("what opens with the fault gone asks nothing of people, unless nothing was seen before", () => {
  expect(by({ mitigatedS: 20 }, { openedS: 35, mitigatedS: 60 })).toEqual({ by: "machines", atS: 60 });
  expect(by({ openedS: 35, mitigatedS: 60 })).toEqual({ by: "itself", atS: 60 });
});

it("what was killed needs no taking back, so that whatever healed it is the machines' doing", () => {
  const incidents = [anIncident({ mitigatedS: 45 })];
  expect(mitigationOf({ incidents, revertedS: null })).toEqual({ by: "machines", atS: 45 });
  const kinds = ["kill", "freeze", "restart", "database", "payment"] as const;
  expect(kinds.filter((kind) => isMomentary({ kind }))).toEqual(["kill", "freeze", "restart"]);
});
