import { useFormats, useWords } from "../../words.ts";
import type { Drill, Fault } from "./queries.ts";
import { touchesEverybody } from "./transform.ts";

/** What a drill does, in the words of the reader. */
export function useDrillWords() {
  const t = useWords();
  const formats = useFormats();
  const percent = (rate: number) => formats.count(Math.round(rate * 100));
  const nodeOf = (node: string) =>
    node === "active" || node === "standby" || node === "any" ? t(`drills.node.${node}`) : ` ${node} `;

  const what = (fault: Fault): string => {
    switch (fault.kind) {
      case "kill":
      case "freeze":
      case "restart":
      case "database":
      case "cache":
      case "queue":
        return t(`drills.fault.${fault.kind}`, { node: nodeOf(fault.node) });
      case "clock":
        return t("drills.fault.clock", { node: nodeOf(fault.node), seconds: fault.offsetS });
      case "payment":
        return t("drills.fault.payment", { channel: t(`method.${fault.channel}`) });
      case "stock_check":
        return t(`drills.fault.stock.${fault.finds}`, { codes: formats.count(fault.codes) });
      case "surge":
        return t("drills.fault.surge", { factor: formats.count(fault.factor) });
      case "attack":
        return t(`drills.fault.attack.${fault.attack}`);
      default:
        return t(`drills.fault.${fault.kind}`);
    }
  };
  /** How badly, part by part. */
  const how = (fault: Fault): string[] => {
    const said: string[] = [];
    if ("errorRate" in fault && fault.errorRate)
      said.push(t("drills.with.errors", { percent: percent(fault.errorRate) }));
    if ("rate" in fault) said.push(t("drills.with.errors", { percent: percent(fault.rate) }));
    if ("latencyMs" in fault && fault.latencyMs) said.push(t("drills.with.latency", fault.latencyMs));
    const drops = "dropRate" in fault ? fault.dropRate : "dropCallbacks" in fault ? fault.dropCallbacks : 0;
    if (drops) said.push(t("drills.with.drops", { percent: percent(drops) }));
    if ("duplicateCallbacks" in fault && fault.duplicateCallbacks)
      said.push(t("drills.with.doubles", { percent: percent(fault.duplicateCallbacks) }));
    if ("delayCallbacksMs" in fault && fault.delayCallbacksMs)
      said.push(t("drills.with.late", { ms: fault.delayCallbacksMs }));
    return said;
  };
  const fault = (given: Fault): string => {
    const parts = how(given);
    return parts.length === 0 ? what(given) : `${what(given)} (${parts.join(", ")})`;
  };
  const radius = ({ faults, radius: { traffic, percent: share, orders, buyers } }: Drill): string => {
    if (touchesEverybody(faults)) return t("drills.everybody");
    if (orders === 0) return t("drills.nobodys");
    const bounds = { percent: formats.count(share), orders: formats.count(orders) };
    return traffic === "synthetic"
      ? t("drills.synthetic", bounds)
      : t("drills.live", { ...bounds, buyers: formats.count(buyers) });
  };
  return { fault, radius };
}
