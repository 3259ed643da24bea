import type { IncidentRole, IncidentState } from "@orderwatch/shared/ops/incidents.ts";

// Written out, since the contract's own lists would bring its schemas into the browser.
export const roles = [
  "commander",
  "operations",
  "communications",
  "support_liaison",
] as const satisfies readonly IncidentRole[];

export const states = [
  "detected",
  "acknowledged",
  "mitigating",
  "monitoring",
  "resolved",
  "reviewed",
  "merged",
  "false_alarm",
] as const satisfies readonly IncidentState[];
