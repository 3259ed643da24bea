import type { Path } from "../route.ts";

/** On call's addresses; free of schemas, so that browsers may import it. */
export const onCallPaths = {
  listOnCallPeople: "GET /api/oncall/people",
  listOnDuty: "GET /api/oncall/now",
  readReadiness: "GET /api/oncall/readiness",
  sendTestPage: "POST /api/oncall/test-pages",
  readTestPage: "GET /api/oncall/test-pages/:id",
  listRotas: "GET /api/rotas",
  createRota: "POST /api/rotas",
  readRota: "GET /api/rotas/:id",
  changeRota: "PUT /api/rotas/:id",
  deleteRota: "DELETE /api/rotas/:id",
  readSchedule: "GET /api/rotas/:id/schedule",
  listOverrides: "GET /api/rotas/:id/overrides",
  createOverride: "POST /api/rotas/:id/overrides",
  swapShifts: "POST /api/rotas/:id/swaps",
  deleteOverride: "DELETE /api/overrides/:id",
  listPolicies: "GET /api/escalation-policies",
  createPolicy: "POST /api/escalation-policies",
  changePolicy: "PUT /api/escalation-policies/:id",
  deletePolicy: "DELETE /api/escalation-policies/:id",
  readEscalation: "GET /api/incidents/:id/escalation",
} as const satisfies Record<string, Path>;
