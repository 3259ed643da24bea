import { pageDuty } from "../ops/oncall/duty-actions.ts";
import type { HandoffHooks } from "../ops/tickets/handoff-actions.ts";
import type { Clock } from "../platform/clock.ts";
import type { Paging } from "./paging.ts";

const teams = {
  support: { "zh-CN": "客服", en: "support" },
  engineering: { "zh-CN": "技术", en: "engineering" },
} as const;

/**
 * Who is told of tickets that go from team to team: the duty of offers and of what came back, whoever offered one of what
 * became of it. What the note says stays in the console.
 */
export function handoffHooks({ clock, notify }: { clock: Clock; notify: Paging["notify"] }): HandoffHooks {
  const duty = { clock, pager: notify };
  return {
    async offered(sql, { id, number }, { id: handoffId, toTeam, offeredBy }) {
      const team = teams[toTeam];
      await pageDuty(duty, sql, {
        kind: "notice",
        title: {
          "zh-CN": `工单 #${number} 转交${team["zh-CN"]}`,
          en: `Ticket #${number} is offered to ${team.en}`,
        },
        text: {
          "zh-CN": `${offeredBy} 等待接受或拒绝。`,
          en: `${offeredBy} waits for somebody to accept or decline it.`,
        },
        link: `/tickets/${id}`,
        key: `ticket-handoff:${handoffId}:offered`,
      });
    },
    async answered(sql, { id, number }, handoff, { accepted, by }) {
      if (by.id === handoff.offeredById) return;
      await notify.page(sql, {
        ...{ to: handoff.offeredById, kind: "notice", urgent: false, link: `/tickets/${id}` },
        title: accepted
          ? { "zh-CN": `${by.name} 接受了工单 #${number}`, en: `${by.name} accepted ticket #${number}` }
          : { "zh-CN": `${by.name} 拒绝了工单 #${number}`, en: `${by.name} declined ticket #${number}` },
        text: accepted
          ? { "zh-CN": "由对方继续处理。", en: "They go on with it." }
          : { "zh-CN": "工单仍由您处理，理由见工单。", en: "It is yours again; the ticket says why." },
        key: `ticket-handoff:${handoff.id}:answered`,
      });
    },
    async lapsed(sql, { id, number, revision }, handoff) {
      await pageDuty(duty, sql, {
        title: {
          "zh-CN": `工单 #${number} 无人接手，已退回队列`,
          en: `Nobody took ticket #${number} over; it is back in the queue`,
        },
        text: handoff
          ? {
              "zh-CN": `${handoff.offeredBy} 的转交超时未答复。`,
              en: `What ${handoff.offeredBy} offered was not answered in time.`,
            }
          : { "zh-CN": "技术侧没有人在处理。", en: "No engineer had it any more." },
        link: `/tickets/${id}`,
        key: handoff ? `ticket-handoff:${handoff.id}:lapsed` : `ticket-stranded:${id}:${revision}`,
      });
    },
  };
}
