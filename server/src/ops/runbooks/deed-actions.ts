import { DomainError } from "@orderwatch/shared/problem.ts";
import { announceLevers, changeLevers, readLevers } from "../../shop/levers/actions.ts";
import { askForRun } from "../reconciliation/actions.ts";
import type { Person, RunbookContext } from "./context.ts";
import type { Deed } from "./deed.ts";

/**
 * Does a deed, again if need be. What is a row changes in the caller's transaction (`context.db`); a node is commanded
 * outside of one, and not if it is there already. Throws DomainError where it cannot be done.
 */
export async function doDeed(
  context: RunbookContext,
  by: Person,
  deed: Deed,
  about: { incidentId: string; answer: string | null },
): Promise<void> {
  const reason = `incident ${about.incidentId}`;
  const change = (levers: Omit<Parameters<typeof changeLevers>[1], "reason">) =>
    changeLevers(context.db.sql, { ...levers, reason }, { by: by.name, at: context.clock.now() });
  switch (deed.kind) {
    case "node": {
      const now = context.nodes.list().find(({ id }) => id === deed.node)?.state;
      const isDone = deed.command === "promote" ? now === "active" : now === "standby" || now === "draining";
      if (!isDone) await context.nodes.command(deed.command, deed.node, { staff: by });
      return;
    }
    case "channel": {
      await context.db.sql.query("select pg_advisory_xact_lock(hashtext('levers'))");
      const { paused } = await readLevers(context.db.sql);
      const others = paused.filter((channel) => channel !== deed.channel);
      await change({ paused: deed.paused ? [...others, deed.channel] : others });
      return;
    }
    case "limit":
      await change({ maxUnits: deed.maxUnits, limitFactor: deed.limitFactor });
      return;
    case "shed":
      await change({ shed: deed.shed });
      return;
    case "reconcile":
      await askForRun(context, { staff: by }, deed).catch((error: unknown) => {
        // Another asked for the same a moment ago: what was wanted happens.
        if (!(error instanceof DomainError && error.code === "reconciliation.running")) throw error;
      });
      return;
    case "tell":
      await context.buyers.tell(context, by, about.incidentId, deed.message);
      return;
    case "call":
      await context.incidents.thirdPartyEngaged(
        context,
        by,
        about.incidentId,
        [deed.name, about.answer].filter((part) => part !== null).join(": "),
      );
  }
}

export function announceDeed(context: RunbookContext, deed: Deed): void {
  if (deed.kind === "channel" || deed.kind === "limit" || deed.kind === "shed") announceLevers(context.cache);
}
