import type { LiveFrame, LiveSnapshot } from "@orderwatch/shared/live/frame.ts";
import { hourStepMs, mergeInto, type Point, pointOf, pointOfFrame, secondMs, stepStart } from "./point.ts";
import { Ring } from "./ring.ts";

export const recentPoints = 300;
export const hourPoints = 240;

/** What a frame is to a history that ends at `last`: the next one, one already counted, or proof of a gap. */
export function placeOf(
  frame: { epoch: string; seq: number },
  last: { epoch: string; seq: number },
): "next" | "known" | "gap" {
  if (frame.epoch !== last.epoch) return "gap";
  if (frame.seq <= last.seq) return "known";
  return frame.seq === last.seq + 1 ? "next" : "gap";
}

/**
 * The last five minutes by second and the last hour in steps of 15 s, kept apart from React: a snapshot fills it, and
 * each frame adds its second to both.
 */
export class History {
  readonly recent = new Ring<Point>(recentPoints);
  readonly hour = new Ring<Point>(hourPoints);

  fill(snapshot: LiveSnapshot): void {
    this.recent.clear();
    this.hour.clear();
    for (const point of snapshot.recent.points.slice(-recentPoints)) this.recent.push(pointOf(point));
    for (const point of snapshot.hour.points.slice(-hourPoints)) this.hour.push(pointOf(point));
  }

  add(frame: LiveFrame): void {
    const point = pointOfFrame(frame);
    this.recent.push(point);
    const at = stepStart(point.at, hourStepMs);
    const step = this.hour.last;
    if (step === undefined || step.at < at) this.hour.push({ ...point, at });
    else this.hour.replaceLast(mergeInto(step, point, Math.max(1, (point.at - step.at) / secondMs + 1)));
  }
}
