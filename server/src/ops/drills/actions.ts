export { incidentOpened, runOfAlert, runOfIncident } from "./attribution-actions.ts";
export type { DrillContext, DrillHooks } from "./context.ts";
export { DrillFigures } from "./figures.ts";
export { readDrills } from "./library.ts";
export { planDue } from "./schedule-actions.ts";
export { advance, reapOrphans } from "./step-actions.ts";
export type { FaultRow, RunRow } from "./store.ts";
export { faultsOf, incidentsOf, readJournal, runUnderWay } from "./store.ts";
export { type FaultTargets, type Placement, TargetUnreachable } from "./targets.ts";
