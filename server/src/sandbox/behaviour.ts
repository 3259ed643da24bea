import { z } from "zod";

/** What the sandbox plays; SMS and push companies take their behaviour with the rest. */
export const companies = ["wechat", "alipay", "supplier", "sms", "push"] as const;
export type Company = (typeof companies)[number];

const share = z.number().min(0).max(1);

/** What a bad day at one company looks like; a field left out is that company's ordinary day. */
export const Behaviour = z.strictObject({
  provider: z.enum(companies),
  /** Share of its interface's answers that are server errors; nothing is done then. */
  errorRate: share.optional(),
  /** Share of calls that it carries out and answers with a server error: the caller cannot know. */
  loseAnswers: share.optional(),
  /** What becomes of refunds asked for now, at WeChat Pay: the payer's bank does not take them, or they are closed. */
  refunds: z.enum(["abnormal", "closed"]).optional(),
  /** Before it answers. */
  latencyMs: z.number().int().min(0).max(60_000).optional(),
  /** Callbacks that get lost for good, as where a company gives up: all of them, or a share. */
  dropCallbacks: z.union([z.boolean(), share]).optional(),
  /** Callbacks that are sent several times at once: twice, or so many times more. */
  duplicateCallbacks: z.union([z.boolean(), z.number().int().min(0).max(100)]).optional(),
  /** Callbacks that name another amount: one fen more, or this many fen. */
  wrongAmount: z.union([z.boolean(), z.number().int().min(0).max(1_000_000_000)]).optional(),
  /** Bills of a day: there are none, WeChat Pay still makes them, they lack their last bytes, or are something else altogether. */
  bill: z.enum(["missing", "being_made", "damaged", "rubbish"]).optional(),
});
export type Behaviour = z.infer<typeof Behaviour>;

/** How the companies behave now, and what that means for one call or one callback. */
export class Behaviours {
  readonly #now = new Map<Company, Behaviour>();
  readonly #random: () => number;

  /** `random` gives numbers from 0 up to 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  list(): Behaviour[] {
    return [...this.#now.values()];
  }

  put(behaviour: Behaviour): void {
    this.#now.set(behaviour.provider, behaviour);
  }

  /** Back to ordinary days. */
  end(): void {
    this.#now.clear();
  }

  /** Waits as long as the company takes; answers whether it fails this call. */
  async suffer(company: Company): Promise<{ fails: boolean }> {
    const { latencyMs = 0, errorRate = 0 } = this.#now.get(company) ?? {};
    if (latencyMs > 0) await new Promise((resolve) => setTimeout(resolve, latencyMs));
    return { fails: this.#random() < errorRate };
  }

  /** Whether the answer to a call that was carried out gets lost. */
  losesAnswer(company: Company): boolean {
    return this.#random() < (this.#now.get(company)?.loseAnswers ?? 0);
  }

  /** What becomes of a refund that is asked for now. */
  refundFate(company: Company): "success" | "abnormal" | "closed" {
    return this.#now.get(company)?.refunds ?? "success";
  }

  /** How often a callback goes out now: 0 when it gets lost. */
  copies(company: Company): number {
    const { dropCallbacks = false, duplicateCallbacks = false } = this.#now.get(company) ?? {};
    if (this.#random() < Number(dropCallbacks)) return 0;
    return 1 + Number(duplicateCallbacks);
  }

  /** A bill as the merchant gets it; undefined where there is none. */
  bill(company: Company, made: Buffer | undefined): Buffer | undefined {
    const { bill } = this.#now.get(company) ?? {};
    if (bill === "missing" || bill === "being_made") return undefined;
    if (bill === "rubbish") return Buffer.from("<html><body>502 Bad Gateway</body></html>");
    return bill === "damaged" ? made?.subarray(0, Math.floor(made.length * 0.8)) : made;
  }

  /** Whether a bill that is not there is about to be. */
  makesBill(company: Company): boolean {
    return this.#now.get(company)?.bill === "being_made";
  }

  /** The amount that a callback names. */
  amountFen(company: Company, rightFen: number): number {
    const { wrongAmount = false } = this.#now.get(company) ?? {};
    if (wrongAmount === false) return rightFen;
    return wrongAmount === true ? rightFen + 1 : wrongAmount;
  }
}
