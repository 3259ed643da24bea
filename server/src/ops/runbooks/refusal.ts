import { DomainError, type ProblemCode } from "@orderwatch/shared/problem.ts";
import type { Words } from "@orderwatch/shared/words.ts";

/** A step that cannot be done as things are, said in both languages, since it is read beside the step. */
export class StepRefused extends DomainError {
  readonly words: Words;

  constructor(code: ProblemCode, words: Words, errors: { path: string; message: string }[] = []) {
    super(code, words.en, { errors });
    this.name = "StepRefused";
    this.words = words;
  }
}

const wordsOf: Partial<Record<ProblemCode, string>> = {
  "node.not_found": "该节点已不存在",
  "node.unavailable": "该节点现在无法执行此命令",
  "third_party.not_found": "该第三方已被删除",
  "buyer_message.conflict": "买家已被通知，或通知正在等待批准，或事故已结束",
  "reconciliation.running": "同一天的对账正在进行",
};

/** Why something was not done; what another part says in English alone is said in Chinese by its code. */
export function sayRefusal(error: DomainError): Words {
  if (error instanceof StepRefused) return error.words;
  return { "zh-CN": wordsOf[error.code] ?? "系统没有接受，请看最新情况后再试", en: error.message };
}
