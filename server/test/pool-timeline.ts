import { step } from "../src/app/supervisor/pool.ts";
import {
  createPool,
  hasEnded,
  type Pool,
  type PoolBounds,
  type PoolEffect,
  type PoolEvent,
  reportPool,
  type Vitals,
} from "../src/app/supervisor/pool-model.ts";

type Moment = PoolEvent extends infer Each ? (Each extends PoolEvent ? Omit<Each, "now"> : never) : never;

/** Plays events against a pool of a console and two shop nodes, or as many as `bounds` says, as a timeline. */
export function timeline(bounds: PoolBounds = { always: 2, most: 2 }) {
  const shops = Array.from({ length: bounds.most }, (_, index) => `shop-${index + 1}`);
  let pool: Pool = createPool(
    [{ name: "console-1", role: "console" }, ...shops.map((name) => ({ name, role: "shop" as const }))],
    bounds,
  );
  let now = 1_000;
  let nextPid = 100;
  const play = (event: Moment): string[] => {
    const result = step(pool, { ...event, now });
    pool = result.pool;
    if (result.refusal !== null) return [`refused: ${result.refusal}`];
    return result.effects.map(wordOf);
  };
  const wordOf = (effect: PoolEffect) => ("node" in effect ? `${effect.type} ${effect.node}` : effect.type);
  const spawned = (node: string) => play({ type: "spawned", node, pid: nextPid++ });
  return {
    play,
    spawned,
    /** Time passes in ticks, with a heartbeat of everyone but the silent ones at each. */
    pass: (ms: number, silent: readonly string[] = [], vitals?: ReadonlyMap<string, Vitals>): string[] => {
      const done: string[] = [];
      for (const end = now + ms; now < end; ) {
        now += 100;
        for (const { name, pid } of pool.nodes) {
          if (pid !== null && !silent.includes(name)) play({ type: "heartbeat", node: name });
        }
        done.push(...play({ type: "tick", ...(vitals ? { vitals } : {}) }));
      }
      return done;
    },
    jump: (ms: number): string[] => {
      now += ms;
      return play({ type: "tick" });
    },
    states: () =>
      reportPool(pool).flatMap(({ name, role, state }) => (role === "shop" ? `${name} ${state}` : [])),
    state: (name: string) => reportPool(pool).find((node) => node.name === name)?.state,
    ended: () => hasEnded(pool),
    /** Everyone up, shop-1 active. */
    boot: () => {
      play({ type: "begin" });
      for (const node of ["console-1", "shop-1", "shop-2"]) spawned(node);
      play({ type: "ready", node: "console-1" });
      play({ type: "ready", node: "shop-1" });
      play({ type: "accepting", node: "shop-1" });
      play({ type: "ready", node: "shop-2" });
    },
  };
}
