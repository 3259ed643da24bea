import { setTimeout as delay } from "node:timers/promises";
import type { Incident } from "@orderwatch/shared/ops/incidents.ts";
import type { RunbookRun } from "@orderwatch/shared/ops/runbooks.ts";
import type { Random } from "../../src/sandbox/shoppers/random.ts";
import { Refused, type Staff } from "../product.ts";

/** How long a person takes for each thing that they read and press, in ms. */
const between = { least: 1_500, most: 5_000 };

interface Acted {
  incidentId: string;
  slug: string;
  stepId: string;
}

/**
 * The person on duty, by the console's API alone: acknowledges what opens, goes through its runbook step by step, takes back
 * what they did once it has healed, and resolves it. Refusals are what a person would shrug at; anything else is thrown.
 */
export class Responder {
  readonly #staff: Staff;
  readonly #random: Random;
  readonly #acted: Acted[] = [];
  readonly #begun = new Set<string>();
  /** What was refused, in the order in which it was. */
  readonly refused: string[] = [];

  constructor(staff: Staff, random: Random) {
    this.#staff = staff;
    this.#random = random;
  }

  /** Does the next thing about whatever is open. `runbook`: where an incident names none. */
  async look(runbook: string): Promise<void> {
    const { items } = await this.#staff.call<{ items: Incident[] }>("GET", "/api/incidents?state=open");
    for (const incident of items) await this.#handle(incident, incident.runbook ?? runbook);
  }

  async #handle(incident: Incident, slug: string): Promise<void> {
    if (incident.state === "detected") {
      await this.#think();
      await this.#try("POST", `/api/incidents/${incident.id}/transitions`, { to: "acknowledged" });
    }
    if (!this.#begun.has(incident.id)) {
      this.#begun.add(incident.id);
      await this.#execute(incident.id, slug);
    }
    if (incident.state !== "monitoring") return;
    await this.#takeBack(incident.id);
    await this.#try("POST", `/api/incidents/${incident.id}/transitions`, {
      ...{ to: "resolved", note: "It has healed; what was done about it is taken back." },
    });
  }

  async #execute(incidentId: string, slug: string): Promise<void> {
    const path = `/api/incidents/${incidentId}/runbook`;
    const { steps } = await this.#staff.call<RunbookRun>("GET", `${path}?slug=${slug}`);
    for (const { step } of steps) {
      await this.#think();
      // Asked for anew: what a step would do depends on what has become of the shop meanwhile.
      const now = await this.#staff.call<RunbookRun>("GET", `${path}?slug=${slug}`);
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
      const done = await this.#try("POST", `${path}/steps/${step.id}?slug=${slug}`, body);
      if (done && step.does === "act") this.#acted.push({ incidentId, slug, stepId: step.id });
    }
  }

  async #takeBack(incidentId: string): Promise<void> {
    for (const acted of this.#acted.filter((each) => each.incidentId === incidentId)) {
      const path = `/api/incidents/${incidentId}/runbook`;
      const { steps } = await this.#staff.call<RunbookRun>("GET", `${path}?slug=${acted.slug}`);
      if (steps.find(({ step }) => step.id === acted.stepId)?.run?.revertible)
        await this.#try("POST", `${path}/steps/${acted.stepId}?slug=${acted.slug}`, { revert: true });
    }
  }

  #think(): Promise<void> {
    return delay(between.least + this.#random() * (between.most - between.least));
  }

  /** False when the console refused it. */
  async #try(method: string, path: string, body: unknown): Promise<boolean> {
    try {
      await this.#staff.call(method, path, body);
      return true;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.refused.push(`${method} ${path}: ${error.problem.code}`);
      return false;
    }
  }
}
