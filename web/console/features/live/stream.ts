import type { LiveFrame, LiveSnapshot } from "@orderwatch/shared/live/frame.ts";
import { History, placeOf } from "./history.ts";

const heldFrames = 60;

/**
 * One subscription: what the last snapshot and the frames since say. Frames that arrive before the snapshot are held;
 * a gap or another epoch asks for a new snapshot, since a sum with a hole in it would be wrong without looking wrong.
 */
export class Stream {
  readonly history = new History();
  snapshot: LiveSnapshot | null = null;
  frame: LiveFrame | null = null;
  #awaiting = true;
  #held: LiveFrame[] = [];
  #last = { epoch: "", seq: -1 };

  /** A snapshot has been asked for: frames wait for it from now on. */
  awaitSnapshot(): void {
    this.#awaiting = true;
    this.#held = [];
  }

  /** Answers whether the stream needs another snapshot. */
  onSnapshot(snapshot: LiveSnapshot): "complete" | "gap" {
    this.snapshot = snapshot;
    this.frame = snapshot.frame;
    this.history.fill(snapshot);
    this.#last = { epoch: snapshot.epoch, seq: snapshot.seq };
    this.#awaiting = false;
    const held = this.#held;
    this.#held = [];
    return held.some((frame) => this.onFrame(frame) === "gap") ? "gap" : "complete";
  }

  onFrame(frame: LiveFrame): "added" | "known" | "held" | "gap" {
    if (this.#awaiting) {
      if (this.#held.length >= heldFrames) this.#held.shift();
      this.#held.push(frame);
      return "held";
    }
    const place = placeOf(frame, this.#last);
    if (place !== "next") return place;
    this.#last = { epoch: frame.epoch, seq: frame.seq };
    this.frame = frame;
    this.history.add(frame);
    return "added";
  }
}
