import { DomainError } from "@orderwatch/shared/problem.ts";
import { audited } from "../audit/actions.ts";
import type { DrillContext } from "./context.ts";
import { approvalsNeeded, rules } from "./domain.ts";
import type { ByStaff } from "./run-actions.ts";
import { beginnings } from "./schedule.ts";
import * as store from "./store.ts";
import { findDrill, listDrills } from "./views-actions.ts";

/** As many as one look plans of one drill; after a longer silence the rest follow. */
const plannedAtOnce = 20;

/**
 * Plans what the schedules ask for since they were followed last; what people have to approve a day before, and they are
 * told. Two consoles plan a moment once; one that passed while nobody was there, or lies outside the window, is written
 * down as skipped.
 */
export async function planDue(context: DrillContext): Promise<void> {
  const { db, clock, newId, hooks } = context;
  const now = clock.now();
  for (const { slug, scheduled, followedTo } of await store.listDrillRows(db.sql)) {
    if (!scheduled) continue;
    const drill = await findDrill(context, slug).catch((error: unknown) => {
      // Its file is gone with a newer version; its runs stay.
      if (error instanceof DomainError && error.code === "drill.not_found") return null;
      throw error;
    });
    if (!drill?.schedule) continue;
    const needed = approvalsNeeded(drill, "rehearsal", context.isDemo);
    const until = needed > 0 ? new Date(now.getTime() + rules.plannedAheadMs) : now;
    const due = beginnings(drill.schedule, followedTo, until, plannedAtOnce);
    for (const { at, inWindow } of due) {
      const isLate = now.getTime() - at.getTime() > rules.lateMs;
      const skipped = isLate
        ? ({ ending: "too_late", endingDetail: "nobody was there to begin it" } as const)
        : ({ ending: "outside_window", endingDetail: "it is outside the drill's window" } as const);
      await db.transaction(async (sql) => {
        const run = await store.insertRun(
          sql,
          {
            ...{ id: newId(), slug, document: drill, mode: "rehearsal", plannedFor: at },
            ...{ requestedById: null, requestedBy: null, approvalsNeeded: needed },
            ...(isLate || !inWindow
              ? { state: "skipped", ...skipped }
              : { state: needed > 0 ? "awaiting_approval" : "planned" }),
          },
          now,
        );
        if (run?.state === "awaiting_approval") await hooks.announced(sql, run, "awaited");
      });
    }
    await store.followTo(db.sql, slug, due.length === plannedAtOnce ? (due.at(-1)?.at ?? until) : until);
  }
}

/** Opts in to a drill's schedule, or pauses it. Throws `drill.not_found`, and `drill.conflict` for one without any. */
export async function changeDrill(
  context: DrillContext,
  by: ByStaff,
  slug: string,
  { scheduled }: { scheduled: boolean },
) {
  const drill = await findDrill(context, slug);
  if (!drill.schedule) throw new DomainError("drill.conflict", "This drill has no schedule");
  await audited(context, by, async ({ sql }) => {
    await store.setScheduled(sql, slug, scheduled, context.clock.now());
    const action = scheduled ? "drill.scheduled" : "drill.paused";
    return { result: undefined, note: { action, target: { kind: "drill", id: slug } } };
  });
  const { items } = await listDrills(context, { id: by.staff.id, mayApprove: true });
  const changed = items.find((item) => item.drill.slug === slug);
  if (!changed) throw new DomainError("drill.not_found", `No drill ${slug}`);
  return changed;
}
