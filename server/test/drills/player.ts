import { setTimeout as delay } from "node:timers/promises";
import type { Random } from "../../src/sandbox/shoppers/random.ts";
import { Refused, type Staff } from "../product.ts";

/** How long a person takes for each thing that they read and press, in ms. */
const between = { least: 1_500, most: 5_000 };

/** One person at the console, by its API alone. */
export class Player {
  readonly staff: Staff;
  readonly #random: Random;
  /** What was refused, in the order in which it was. */
  readonly refused: string[] = [];

  constructor(staff: Staff, random: Random) {
    this.staff = staff;
    this.#random = random;
  }

  think(): Promise<void> {
    return delay(between.least + this.#random() * (between.most - between.least));
  }

  /** False when the console refused it, which a person would shrug at; anything else is thrown. */
  async attempt(method: string, path: string, body?: unknown): Promise<boolean> {
    try {
      await this.staff.call(method, path, body);
      return true;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.refused.push(`${method} ${path}: ${error.problem.code}`);
      return false;
    }
  }
}
