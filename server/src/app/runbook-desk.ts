import { Alone } from "../live/alone.ts";
import type { Hub } from "../live/hub.ts";
import { addNote, type IncidentContext, note, planStarted, readIncident } from "../ops/incidents/actions.ts";
import type { Nodes } from "../ops/nodes/actions.ts";
import {
  advanceDue,
  type BuyersDoor,
  FigureBook,
  type IncidentDoor,
  type RunbookContext,
  readRunbooks,
} from "../ops/runbooks/actions.ts";
import { runbooksRoutes } from "../ops/runbooks/routes.ts";
import { thirdPartyRoutes } from "../ops/third-parties/routes.ts";
import type { StockContext } from "../shop/stock/actions.ts";

const openStates: readonly string[] = ["detected", "acknowledged", "mitigating", "monitoring"];

/** Runbooks as a console runs them: their routes, and each second what moves by itself. */
export async function openRunbookDesk(
  context: StockContext & { hub: Hub; nodes: Nodes },
  incidents: IncidentContext,
  buyers: BuyersDoor,
) {
  const figures = new FigureBook();
  context.hub.onFrame((frame) => figures.take(frame));
  const runbooks: RunbookContext = {
    ...context,
    ...{ figures, buyers },
    incidents: doorTo(incidents),
    library: await readRunbooks(),
  };
  const alone = new Alone(context.log);
  return {
    handlers: { ...runbooksRoutes(runbooks), ...thirdPartyRoutes(context) },
    tick: (now: Date): void => void alone.run("runbooks", () => advanceDue(runbooks, now)),
    close: () => alone.settled(),
  };
}

/** What runbooks tell incidents, by the incidents' own actions. */
function doorTo(incidents: IncidentContext): IncidentDoor {
  return {
    async find(id) {
      const { labels, runbook, state, drill, affected } = await readIncident(incidents, id);
      const told = affected.total > 0 ? false : affected.simulated > 0 ? true : null;
      return { id, labels, runbook, isOpen: openStates.includes(state), isSimulated: drill || told };
    },
    planStarted: (sql, id, at) => planStarted(incidents, sql, id, at),
    thirdPartyEngaged: (context, by, id, text) =>
      addNote({ ...incidents, db: context.db }, { staff: by }, id, { text, thirdPartyEngaged: true }),
    note: (sql, id, entry) => note(incidents, sql, id, entry),
  };
}
