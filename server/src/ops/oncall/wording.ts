import { sayName } from "@orderwatch/shared/ops/oncall-names.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import type { Cause } from "./escalation-domain.ts";

/** What on call says to people and writes into an incident's timeline. */
const both = (zh: string, en: string): Words => ({ "zh-CN": zh, en });

const causes: Record<Cause, Words> = {
  started: both("事故开始", "the incident began"),
  not_acknowledged: both("无人确认", "nobody acknowledged"),
  unreachable: both("上一位无法联系", "those before could not be reached"),
  acknowledgement_lapsed: both("确认已过期", "the acknowledgement lapsed"),
  level_changed: both("级别已变更", "the level changed"),
};

export const pageText = (level: number, cause: Cause): Words =>
  both(
    `${level} 级事故，需要您确认（${causes[cause]["zh-CN"]}）`,
    `A level ${level} incident wants you to acknowledge (${causes[cause].en})`,
  );

export const pagedNote = (names: readonly string[], cause: Cause, reason: string | null): Words =>
  both(
    `已呼叫 ${names.join("、")}：${causes[cause]["zh-CN"]}${reason === null ? "" : `（${reason}）`}`,
    `Paged ${names.join(", ")}: ${causes[cause].en}${reason === null ? "" : ` (${reason})`}`,
  );

export const emptyNote = (steps: readonly number[]): Words =>
  both(
    `第 ${steps.join("、")} 步无人值班，已跳过`,
    `Nobody was on duty in step ${steps.join(", ")}, so it was passed over`,
  );

export const lastResortText = (level: number): Words =>
  both(
    `${level} 级事故：升级策略中的所有人都未确认`,
    `A level ${level} incident: nobody of its escalation policy acknowledged`,
  );

export const exhaustedNote = (names: readonly string[]): Words =>
  both(
    `升级策略已用尽，已呼叫所有管理员：${names.join("、")}`,
    `The escalation policy has run out; all administrators were paged: ${names.join(", ")}`,
  );

export const lapsedNote = (by: string): Words =>
  both(`${by} 确认后没有后续处理，确认已过期`, `Nothing followed the acknowledgement of ${by}, so it lapsed`);

export const takesOver = (rota: string): { title: Words; text: Words } => ({
  title: both(`您现在值班：${sayName(rota)["zh-CN"]}`, `You are on duty now: ${rota}`),
  text: both("从现在起，事故会呼叫您。", "Incidents page you from now on."),
});

export const handsOver = (rota: string, to: string | null): { title: Words; text: Words } => ({
  title: both(`您的值班已结束：${sayName(rota)["zh-CN"]}`, `Your duty has ended: ${rota}`),
  text:
    to === null
      ? both("现在无人值班。", "Nobody is on duty now.")
      : both(`接班人：${to}`, `${to} took over.`),
});

export const testPage: { title: Words; text: Words } = {
  title: both("测试呼叫", "Test page"),
  text: both("这是一次测试，无需处理。", "This is a test; nothing has to be done."),
};

export const directText: Words = both(
  "数据库无响应，系统直接呼叫您；恢复后可在事故中确认",
  "The database does not answer, so you are called directly; acknowledge in the incident once it is back",
);

export const directNote = (name: string, at: Date, said: string): Words =>
  both(
    `数据库无响应期间于 ${at.toISOString()} 直接呼叫 ${name}（${said || "没有可用渠道"}）`,
    `Called ${name} directly at ${at.toISOString()}, while the database was away (${said || "no channel"})`,
  );
