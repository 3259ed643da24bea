import { z } from "zod";
import { Id } from "../ids.ts";
import { page } from "../list.ts";
import { Fen } from "../money.ts";
import { DeviceClass } from "../shop/beacons.ts";
import { Sku } from "../shop/catalog.ts";
import { OrderStatus, Origin, Tender } from "../shop/orders.ts";
import { FunnelStep } from "./funnel-steps.ts";

const Count = z.int().min(0);

/** The longest window that is looked at. */
export const longestFunnelDays = 31;

const window = {
  /** Visits that began from here on. */
  from: z.iso.datetime(),
  /**
   * … and before this; what they did later, or more than 2 hours after they began, is not counted, so that a past
   * window never changes.
   */
  to: z.iso.datetime(),
  /** Buyers and simulated shoppers when absent; drills are never counted. */
  origin: z.enum(["buyer", "simulated"]).optional(),
  device: DeviceClass.optional(),
  sku: Sku.optional(),
  /** Concerns orders, and so the steps from `placed` on. */
  method: Tender.optional(),
};

const isSpan = ({ from, to }: { from: string; to: string }) => {
  const spanMs = Date.parse(to) - Date.parse(from);
  return spanMs > 0 && spanMs <= longestFunnelDays * 86_400_000;
};
const span = { path: ["to"], message: `after from, by at most ${longestFunnelDays} days` };

export const FunnelQuery = z.object(window).refine(isSpan, span);
export type FunnelQuery = z.output<typeof FunnelQuery>;

/** How a step does beside what is normal for it. */
export const StepChange = z.object({
  /** The share that used to be kept. */
  normal: z.number(),
  /** `kept` less `normal`. */
  change: z.number(),
  /** So many visits fewer went on than normally would have; negative when more did. */
  missing: z.number(),
  /** Fewer than chance explains: about once in 700 windows that are quite normal. */
  isDrop: z.boolean(),
});
export type StepChange = z.infer<typeof StepChange>;

export const FunnelStepCount = z.object({
  step: FunnelStep,
  /** Visits that came this far or farther. */
  reached: Count,
  /** Those of them of which this step's own beacon never came, though a later step proves it. */
  inferred: Count,
  /** Their share of the step before; null on the first step, and where nobody came so far. */
  kept: z.number().nullable(),
  /** Null while what is normal is not known. */
  change: StepChange.nullable(),
});
export type FunnelStepCount = z.infer<typeof FunnelStepCount>;

/** One device class, payment method or product; from the first step that tells them apart. */
export const FunnelGroup = z.object({ key: z.string(), steps: z.array(FunnelStepCount) });
export type FunnelGroup = z.infer<typeof FunnelGroup>;

const OrderCounts = z.object({ placed: Count, paid: Count, delivered: Count });

export const Funnel = z.object({
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  /**
   * What is normal: the same time of up to 4 `weeks` before; the time right `before` this one while no week tells
   * enough; `learning` while neither does.
   */
  basis: z.enum(["weeks", "before", "learning"]),
  weeks: Count,
  steps: z.array(FunnelStepCount),
  devices: z.array(FunnelGroup),
  methods: z.array(FunnelGroup),
  products: z.array(FunnelGroup),
  /** Why visits went no farther: those lost before `step`, by code; a visit may have several reasons. */
  reasons: z.array(z.object({ step: FunnelStep, code: z.string(), visits: Count })),
  /** Every order placed in the window, by whether a visit is known for it. */
  orders: z.object({ ofVisits: OrderCounts, withoutVisit: OrderCounts }),
  /** Visits of simulated shoppers among those counted. */
  simulated: Count,
});
export type Funnel = z.infer<typeof Funnel>;

export const VisitsQuery = z
  .object({
    ...window,
    /** Visits that came exactly this far in the window. */
    reached: FunnelStep.optional(),
    /** … and met this refusal or failure. */
    code: z
      .string()
      .regex(/^[a-z0-9_.]{1,64}$/, "a problem code")
      .optional(),
    ...page,
  })
  .refine(isSpan, span);
export type VisitsQuery = z.output<typeof VisitsQuery>;

export const VisitPath = z.object({
  session: z.string(),
  beganAt: z.iso.datetime(),
  device: DeviceClass,
  origin: Origin,
  steps: z.array(
    z.object({
      step: z.enum(["product", "checkout", "refused"]),
      sku: z.string().nullable(),
      code: z.string().nullable(),
      at: z.iso.datetime(),
    }),
  ),
  orders: z.array(
    z.object({
      id: Id,
      status: OrderStatus,
      amountFen: Fen,
      method: Tender,
      failureCode: z.string().nullable(),
      placedAt: z.iso.datetime(),
      paidAt: z.iso.datetime().nullable(),
      deliveredAt: z.iso.datetime().nullable(),
    }),
  ),
});
export type VisitPath = z.infer<typeof VisitPath>;
