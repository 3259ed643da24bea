import type { LiveSnapshot } from "@orderwatch/shared/live/frame.ts";
import type { Incident } from "@orderwatch/shared/ops/incidents.ts";
import type { RunbookRun } from "@orderwatch/shared/ops/runbooks.ts";
import type { Player } from "./player.ts";

interface Acted {
  incidentId: string;
  slug: string;
  stepId: string;
}

/** Seconds of the live picture that a person goes by, and the share of orders that has to get through. */
const serving = { lastS: 10, atLeast: 0.95 };

/**
 * The person on duty, by the console's API alone: acknowledges what opens, says that they are at it, goes through its runbook
 * step by step, takes back what they did once it has healed, and resolves it. Where no step of the runbook can act, they call
 * it mitigated only if the live picture shows that buyers are served.
 */
export class Responder {
  readonly #player: Player;
  readonly #acted: Acted[] = [];
  readonly #begun = new Set<string>();

  constructor(player: Player) {
    this.#player = player;
  }

  get refused(): readonly string[] {
    return this.#player.refused;
  }

  /** Does the next thing about whatever is open. `runbook`: where an incident names none. */
  async look(runbook: string): Promise<void> {
    const { items } = await this.#call<{ items: Incident[] }>("/api/incidents?state=open");
    for (const incident of items) await this.#handle(incident, incident.runbook ?? runbook);
  }

  async #handle(incident: Incident, slug: string): Promise<void> {
    const { id, state } = incident;
    if (state === "detected") {
      await this.#player.think();
      await this.#move(id, "acknowledged");
    }
    if (!this.#begun.has(id)) {
      this.#begun.add(id);
      await this.#move(id, "mitigating", "At it, by the runbook.");
      await this.#execute(id, slug);
      return;
    }
    if (state === "mitigating" && !this.#hasActed && (await this.#isServing())) {
      await this.#player.think();
      await this.#move(id, "monitoring", "Buyers are served: nothing of ours is broken. It is watched.");
    }
    if (state !== "monitoring" || incident.healedAt === null) return;
    await this.#takeBack(id);
    await this.#move(id, "resolved", "It has healed; what was done about it is taken back.");
  }

  get #hasActed(): boolean {
    return this.#acted.length > 0;
  }

  async #isServing(): Promise<boolean> {
    const { recent, frame } = await this.#call<LiveSnapshot>("/api/live/overview");
    const seconds = recent.points.slice(-serving.lastS);
    const placed = seconds.reduce((all, point) => all + point.placed, 0);
    const broken = seconds.reduce((all, { refused }) => all + refusedByUs(refused), 0);
    const isTaking = frame?.nodes.some(({ state }) => state === "active") === true;
    return isTaking && placed > 0 && placed >= serving.atLeast * (placed + broken);
  }

  async #execute(incidentId: string, slug: string): Promise<void> {
    const path = `/api/incidents/${incidentId}/runbook`;
    const { steps } = await this.#call<RunbookRun>(`${path}?slug=${slug}`);
    for (const { step } of steps) {
      await this.#player.think();
      // Asked for anew: what a step would do depends on what has become of the shop meanwhile.
      const now = await this.#call<RunbookRun>(`${path}?slug=${slug}`);
      const view = now.steps.find((each) => each.step.id === step.id);
      if (!view || view.run) continue;
      const choice = view.choices.find(({ obstacle }) => obstacle === null);
      if (step.does === "act" && !choice) continue;
      const body =
        step.does === "act"
          ? { input: choice?.input ?? {} }
          : step.does === "ask"
            ? { answer: step.answers?.[0]?.value ?? "looked at" }
            : {};
      const done = await this.#player.attempt("POST", `${path}/steps/${step.id}?slug=${slug}`, body);
      if (done && step.does === "act") this.#acted.push({ incidentId, slug, stepId: step.id });
    }
  }

  /** The last first: what resumed a channel is taken back before what had paused it. */
  async #takeBack(incidentId: string): Promise<void> {
    for (const acted of this.#acted.filter((each) => each.incidentId === incidentId).reverse()) {
      const path = `/api/incidents/${incidentId}/runbook`;
      const { steps } = await this.#call<RunbookRun>(`${path}?slug=${acted.slug}`);
      if (steps.find(({ step }) => step.id === acted.stepId)?.run?.revertible)
        await this.#player.attempt("POST", `${path}/steps/${acted.stepId}?slug=${acted.slug}`, {
          revert: true,
        });
    }
  }

  #move(id: string, to: string, note?: string): Promise<boolean> {
    return this.#player.attempt("POST", `/api/incidents/${id}/transitions`, {
      to,
      ...(note ? { note } : {}),
    });
  }

  #call<T>(path: string): Promise<T> {
    return this.#player.staff.call<T>("GET", path);
  }
}

/** What is sold out or beyond a limit was refused as it should be. */
const refusedByUs = (refused: Readonly<Record<string, number>>) =>
  Object.entries(refused).reduce(
    (all, [code, n]) => all + (code.startsWith("server.") || code === "payment.channel_unavailable" ? n : 0),
    0,
  );
