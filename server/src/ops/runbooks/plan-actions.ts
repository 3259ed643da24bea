import type { ActStep, StepChoice, StepInput } from "@orderwatch/shared/ops/runbooks.ts";
import type { ThirdParty } from "@orderwatch/shared/ops/third-parties.ts";
import { DomainError } from "@orderwatch/shared/problem.ts";
import type { PaymentMethod } from "@orderwatch/shared/shop/orders.ts";
import { paymentNames } from "@orderwatch/shared/shop/payment-names.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import { readLevers } from "../../shop/levers/actions.ts";
import { findThirdParty } from "../third-parties/actions.ts";
import type { RunbookContext, RunbookIncident } from "./context.ts";
import type { Deed } from "./deed.ts";
import { sayFigures, takenBackOf } from "./domain.ts";
import { StepRefused, sayRefusal } from "./refusal.ts";

/** What a step would do now: all is known before anything is done. */
export interface Plan {
  deed: Deed;
  /** What takes it back; null where nothing can, or nothing was there before. */
  undo: Deed | null;
  consequence: Words;
}

const consequenceWindowS = 15;

/**
 * What a step would do, said with live figures. Throws `runbook.conflict` where it would do nothing, `node.unavailable`
 * without a node to do it with, `request.invalid` where its input is incomplete, and `third_party.not_found`.
 */
export async function planStep(
  context: RunbookContext,
  step: ActStep,
  input: StepInput,
  incident: RunbookIncident,
): Promise<Plan> {
  const planned = await planDeed(context, step, input, incident);
  const figures = sayFigures(
    context.figures.latest(consequenceWindowS, context.clock.now(), context.figures.audienceOf(incident)),
  );
  return {
    ...planned,
    consequence: {
      "zh-CN": `${planned.consequence["zh-CN"]}（${figures["zh-CN"]}）`,
      en: `${planned.consequence.en} (${figures.en})`,
    },
  };
}

/**
 * The ways in which a step may be done now, each with what it would do, or why it cannot be done: one for each payment method or
 * company where the incident does not say which, else one alone.
 */
export async function listChoices(
  context: RunbookContext,
  step: ActStep,
  filledIn: StepInput,
  about: { incident: RunbookIncident; parties: readonly ThirdParty[] },
): Promise<StepChoice[]> {
  const open = waysOf(step, filledIn, about);
  return await Promise.all(
    open.map(async ({ input, label }) => {
      try {
        const { consequence, undo } = await planDeed(context, step, input, about.incident);
        const takenBack = takenBackOf(undo, step.verify !== undefined);
        return { input, label, consequence, obstacle: null, takenBack };
      } catch (error) {
        if (!(error instanceof DomainError)) throw error;
        return { input, label, consequence: null, obstacle: sayRefusal(error), takenBack: null };
      }
    }),
  );
}

function waysOf(
  { action }: ActStep,
  filledIn: StepInput,
  { incident, parties }: { incident: RunbookIncident; parties: readonly ThirdParty[] },
): { input: StepInput; label: Words | null }[] {
  if (action === "call_third_party")
    return parties.map(({ id, name }) => ({
      input: { ...filledIn, thirdParty: id },
      label: { "zh-CN": name, en: name },
    }));
  const isOfChannel =
    action === "pause_channel" || action === "resume_channel" || action === "run_reconciliation";
  const known = filledIn.channel ?? incident.labels.channel;
  if (isOfChannel && known !== "wechat" && known !== "alipay")
    return (["wechat", "alipay"] as const).map((channel) => ({
      input: { ...filledIn, channel },
      label: paymentNames[channel],
    }));
  return [{ input: filledIn, label: null }];
}

async function planDeed(
  context: RunbookContext,
  step: ActStep,
  input: StepInput,
  incident: RunbookIncident,
): Promise<Plan> {
  switch (step.action) {
    case "promote_standby":
      return planPromotion(context, input);
    case "drain_node":
      return planDrain(context, input, incident);
    case "pause_channel":
    case "resume_channel":
      return planChannel(context, channelOf(input, incident), step.action === "pause_channel");
    case "limit_purchases": {
      const { maxUnits, limitFactor } = await readLevers(context.db.sql);
      const wanted = { maxUnits: input.maxUnits ?? null, limitFactor: input.factor ?? null };
      if (wanted.maxUnits === null && wanted.limitFactor === null)
        throw new StepRefused("request.invalid", {
          "zh-CN": "请填写件数或倍数",
          en: "Say how many units, or a factor",
        });
      const [zh, en] =
        wanted.maxUnits === null
          ? [
              `每单限购变为原来的 ${wanted.limitFactor} 倍`,
              `limits per order are multiplied by ${wanted.limitFactor}`,
            ]
          : [
              `每单每种商品最多 ${wanted.maxUnits} 件`,
              `at most ${wanted.maxUnits} of a product in one order`,
            ];
      return {
        deed: { kind: "limit", ...wanted },
        undo: { kind: "limit", maxUnits, limitFactor },
        consequence: { "zh-CN": zh, en },
      };
    }
    case "shed_load": {
      const { shed } = await readLevers(context.db.sql);
      const wanted = input.shed ?? "browse";
      if (shed === wanted)
        throw new StepRefused("runbook.conflict", {
          "zh-CN": "已经在拒绝这些请求",
          en: "These requests are refused already",
        });
      return {
        deed: { kind: "shed", shed: wanted },
        undo: { kind: "shed", shed },
        consequence:
          wanted === "browse"
            ? {
                "zh-CN": "浏览请求会被拒绝，下单、支付和取码照常",
                en: "browsing is refused; orders, payments and codes go on",
              }
            : {
                "zh-CN": "浏览和新订单都会被拒绝，回调和取码照常",
                en: "browsing and new orders are refused; callbacks and codes go on",
              },
      };
    }
    case "call_third_party": {
      if (input.thirdParty === undefined)
        throw new StepRefused("request.invalid", { "zh-CN": "请选择联系了谁", en: "Choose whom you called" });
      const party = await findThirdParty(context, input.thirdParty);
      return {
        deed: { kind: "call", thirdParty: party.id, name: party.name },
        undo: null,
        consequence: {
          "zh-CN": `登记已联系 ${party.name}，“第三方已介入”的计时停止`,
          en: `that ${party.name} was called is put on record, and the clock of “third party engaged” stops`,
        },
      };
    }
    case "tell_buyers":
      return await planTelling(context, incident);
    case "run_reconciliation": {
      const provider = channelOf(input, incident);
      const day = input.day ?? yesterday(context.clock.now());
      return {
        deed: { kind: "reconcile", provider, day },
        undo: null,
        consequence: {
          "zh-CN": `比较 ${day} 的${paymentNames[provider]["zh-CN"]}账单，只读取，不改动订单`,
          en: `compares the ${paymentNames[provider].en} bill of ${day}; it reads, and changes no order`,
        },
      };
    }
  }
}

async function planTelling({ buyers, newId }: RunbookContext, incident: RunbookIncident): Promise<Plan> {
  const { obstacle, reach, needsApproval } = await buyers.foresee(incident.id);
  if (obstacle) throw new StepRefused("runbook.conflict", obstacle);
  const [zh, en] = needsApproval
    ? ["经另一人批准后通知", "once a colleague has approved it, tells"]
    : ["立即通知", "tells"];
  return {
    deed: { kind: "tell", message: newId() },
    undo: null,
    consequence: {
      "zh-CN": `${zh}受影响的 ${reach.buyers} 位买家（短信 ${reach.sms}，邮件 ${reach.email}）及之后受影响的买家；结束后向收到者报告恢复`,
      en: `${en} the ${reach.buyers} affected buyers (${reach.sms} by SMS, ${reach.email} by e-mail) and whoever is affected later; those it reaches get the all-clear at the end`,
    },
  };
}

function planPromotion({ nodes }: RunbookContext, { node }: StepInput): Plan {
  const known = nodes.list().filter(({ parts }) => !parts || parts.includes("orders"));
  const standby = known.find(({ id, state }) => state === "standby" && (node === undefined || id === node));
  if (!standby)
    throw new StepRefused("node.unavailable", {
      "zh-CN": "没有可以接替的备用节点",
      en: "There is no standby that could take over",
    });
  const active = known.find(({ state }) => state === "active");
  return {
    deed: { kind: "node", command: "promote", node: standby.id },
    undo: active ? { kind: "node", command: "promote", node: active.id } : null,
    consequence: active
      ? {
          "zh-CN": `${standby.id} 开始接单，${active.id} 变为备用`,
          en: `${standby.id} takes orders and ${active.id} becomes the standby`,
        }
      : {
          "zh-CN": `${standby.id} 开始接单；现在没有节点在接单`,
          en: `${standby.id} takes orders; no node does now`,
        },
  };
}

function planDrain({ nodes }: RunbookContext, input: StepInput, incident: RunbookIncident): Plan {
  const wanted = input.node ?? incident.labels.node;
  const active = nodes
    .list()
    .find(({ id, state }) => state === "active" && (wanted === undefined || id === wanted));
  if (!active)
    throw new StepRefused("node.unavailable", {
      "zh-CN": "没有可以排空的运行中节点",
      en: "There is no active node that could be drained",
    });
  return {
    deed: { kind: "node", command: "drain", node: active.id },
    undo: { kind: "node", command: "promote", node: active.id },
    consequence: {
      "zh-CN": `${active.id} 完成在途请求（${active.inFlight} 个）后不再接单，由备用节点接替`,
      en: `${active.id} finishes its ${active.inFlight} open requests and takes no more; the standby takes over`,
    },
  };
}

async function planChannel(context: RunbookContext, channel: PaymentMethod, paused: boolean): Promise<Plan> {
  const levers = await readLevers(context.db.sql);
  const name = paymentNames[channel];
  if (levers.paused.includes(channel) === paused)
    throw new StepRefused(
      "runbook.conflict",
      paused
        ? { "zh-CN": `${name["zh-CN"]}已经暂停`, en: `${name.en} is paused already` }
        : { "zh-CN": `${name["zh-CN"]}没有暂停`, en: `${name.en} is not paused` },
    );
  return {
    deed: { kind: "channel", channel, paused },
    undo: { kind: "channel", channel, paused: !paused },
    consequence: paused
      ? {
          "zh-CN": `新订单不能再用${name["zh-CN"]}付款，已打开的付款仍然有效`,
          en: `new orders cannot be paid with ${name.en}; open payments stay valid`,
        }
      : {
          "zh-CN": `新订单又可以用${name["zh-CN"]}付款`,
          en: `new orders can be paid with ${name.en} again`,
        },
  };
}

function channelOf(input: StepInput, { labels }: RunbookIncident): PaymentMethod {
  const channel = input.channel ?? labels.channel;
  if (channel === "wechat" || channel === "alipay") return channel;
  throw new StepRefused("request.invalid", { "zh-CN": "请选择支付渠道", en: "Choose the payment method" }, [
    { path: "input.channel", message: "the payment method" },
  ]);
}

/** In Beijing, whose days the companies' bills follow; today's bill does not exist yet. */
const yesterday = (now: Date): string =>
  new Date(now.getTime() + (8 - 24) * 3_600_000).toISOString().slice(0, 10);
