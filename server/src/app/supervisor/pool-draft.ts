import { isShopIn, limits, type Phase, type Pool, type PoolEffect, type PoolNode } from "./pool-model.ts";

/** One step in the making: a copy of the pool that the event changes, and what is to be done about it. */
export class Draft {
  readonly nodes: PoolNode[];
  readonly effects: PoolEffect[] = [];
  readonly now: number;
  readonly bounds: Pool["bounds"];
  wanted: number;
  stopping: boolean;
  complete: boolean;

  constructor(pool: Pool, now: number) {
    this.nodes = pool.nodes.map((node) => ({ ...node }));
    this.bounds = pool.bounds;
    this.wanted = pool.wanted;
    this.stopping = pool.stopping;
    this.complete = pool.complete;
    this.now = now;
  }

  enter(node: PoolNode, phase: Phase, withinMs: number | null): void {
    node.phase = phase;
    node.deadline = withinMs === null ? null : this.now + withinMs;
  }

  hear(node: PoolNode): void {
    Object.assign(node, { heardAt: this.now, silentMs: 0, busyMs: 0 });
  }

  spawn(node: PoolNode): void {
    this.enter(node, "starting", limits.startMs);
    this.hear(node);
    Object.assign(node, { readyAt: null, restartAt: null, leaving: null, retiring: false });
    this.effects.push({ type: "spawn", node: node.name });
  }

  go(node: PoolNode): void {
    this.enter(node, "promoting", limits.promoteMs);
    this.effects.push({ type: "go", node: node.name });
  }

  end(node: PoolNode): void {
    this.enter(node, "stopping", limits.stopMs);
    // One that was still loading could not be heard yet.
    this.hear(node);
    this.effects.push({ type: "stop", node: node.name });
  }

  kill(node: PoolNode): void {
    this.enter(node, "killed", limits.reapMs);
    this.effects.push({ type: "kill", node: node.name });
  }

  /** Active nodes that are to stay so. */
  get serving(): PoolNode[] {
    return this.nodes.filter((node) => isShopIn("active")(node) && node.leaving === null);
  }

  some(phase: Phase): boolean {
    return this.nodes.some(isShopIn(phase));
  }

  /** Brings the pool nearer to what is wanted: who accepts, who is relieved, how many there are. */
  settle(): void {
    if (this.stopping) return;
    this.#accept();
    this.#relieve();
    this.#size();
  }

  /** Nobody is told to go while another one is, or while one is being killed. */
  #accept(): void {
    const isKilling = this.nodes.some((node) => isShopIn("killed")(node) && node.deadline !== null);
    if (this.some("promoting") || isKilling || this.serving.length >= this.wanted) return;
    const next = this.nodes.find(isShopIn("standby"));
    // Better one that had just been relieved than nobody.
    const last = this.some("active") ? undefined : this.nodes.find(isShopIn("draining"));
    const chosen = next ?? last;
    if (chosen) this.go(chosen);
  }

  /** An active node is relieved only when those that stay accept already: in between more do, never none. */
  #relieve(): void {
    const { serving } = this;
    const canWait = ["promoting", "standby", "starting"] as const;
    const hasRelief = canWait.some((phase) => this.some(phase));
    const isEnough = serving.length >= this.wanted || (serving.length > 0 && !hasRelief);
    const leaving = this.nodes.filter((node) => isShopIn("active")(node) && node.leaving !== null);
    const longest = serving.toSorted((a, b) => a.acceptedAt - b.acceptedAt);
    const surplus = longest.slice(0, Math.max(0, serving.length - this.wanted));
    for (const node of isEnough ? [...leaving, ...surplus] : []) {
      if (node.leaving === "restart") {
        this.end(node);
        continue;
      }
      this.enter(node, "draining", limits.drainMs);
      this.effects.push({ type: "drain", node: node.name });
    }
  }

  /** One more than accept, and never fewer than always; who is too many goes last come, first. */
  #size(): void {
    const { always, most } = this.bounds;
    const wanted = most > always ? Math.min(most, Math.max(always, this.wanted + 1)) : always;
    const shops = this.nodes.filter((node) => node.role === "shop");
    const there = shops.filter((node) => node.phase !== "off" && !node.retiring);
    for (const node of shops.filter(isShopIn("off")).slice(0, Math.max(0, wanted - there.length)))
      this.spawn(node);
    if (there.length <= wanted) return;
    const dead = there.findLast((node) => node.phase === "dead");
    if (dead) {
      this.enter(dead, "off", null);
      Object.assign(dead, { restartAt: null, crashes: 0 });
      return;
    }
    const standbys = there.filter(isShopIn("standby"));
    const last = standbys.at(-1);
    if (last && standbys.length > 1) {
      last.retiring = true;
      this.end(last);
    }
  }
}
