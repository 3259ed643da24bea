import { type DrillFault, type FaultLease, LeaseReport } from "@orderwatch/shared/ops/drill-faults.ts";
import type { Words } from "@orderwatch/shared/words.ts";
import { z } from "zod";
import type { Keys } from "../../platform/crypto.ts";
import { signLease } from "../../platform/faults/proof.ts";
import { callOutbound, OutboundError } from "../../platform/outbound.ts";

/** The name that leases for the sandbox are signed with. */
export const sandboxTargetName = "sandbox";

const TIMEOUT_MS = 2_000;
/** Reverting waits for the attack's last requests. */
const REVERT_TIMEOUT_MS = 8_000;
const MAX_BYTES = 256 * 1024;
const Listed = z.object({ items: z.array(LeaseReport), shoppers: z.boolean() });

const absent: Words = {
  "zh-CN": "沙箱没有运行（已配置真实商户，或它没有应答）",
  en: "The sandbox does not run: real merchants are configured, or it does not answer",
};
const noShoppers: Words = {
  "zh-CN": "没有模拟买家（SIMULATE 为 0）",
  en: "There are no simulated shoppers (SIMULATE is 0)",
};

/** Faults that come from outside the shop: more shoppers, and attacks. */
export const isSandboxFault = (
  fault: DrillFault,
): fault is Extract<DrillFault, { kind: "surge" | "attack" }> =>
  fault.kind === "surge" || fault.kind === "attack";

/** The sandbox as a target. What changes something throws OutboundError, or an Error, when the lease was not taken. */
export interface SandboxTarget {
  /** Null when it takes such a fault now, else why not. */
  refusal(fault: DrillFault): Promise<Words | null>;
  grant(lease: FaultLease): Promise<LeaseReport>;
  renew(lease: FaultLease): Promise<LeaseReport>;
  /** Repeating it changes nothing. */
  revert(leaseId: string): Promise<LeaseReport>;
  /** Null when it cannot be asked. One that it does not know has ended. */
  probe(leaseId: string): Promise<LeaseReport | null>;
}

/** `url` null: this installation has no sandbox. */
export function sandboxTarget({ url, keys }: { url: string | null; keys: Keys }): SandboxTarget {
  const send = async <T>(
    schema: z.ZodType<T>,
    method: "GET" | "PUT" | "POST" | "DELETE",
    path: string,
    lease?: FaultLease,
  ): Promise<T> => {
    const answer = await callOutbound({
      ...{ method, url: `${url}${path}`, maxBytes: MAX_BYTES },
      timeoutMs: method === "DELETE" ? REVERT_TIMEOUT_MS : TIMEOUT_MS,
      ...(lease
        ? {
            headers: { "content-type": "application/json" },
            body: JSON.stringify(signLease(keys, sandboxTargetName, lease)),
          }
        : {}),
    });
    if (answer.status !== 200) throw new Error(`the sandbox answered ${answer.status} to ${method} ${path}`);
    return schema.parse(JSON.parse(answer.body.toString("utf8")));
  };
  const orNull = async <T>(asked: Promise<T>): Promise<T | null> => {
    try {
      return await asked;
    } catch (error) {
      if (error instanceof OutboundError) return null;
      throw error;
    }
  };
  return {
    async refusal(fault) {
      if (url === null) return absent;
      const listed = await orNull(send(Listed, "GET", "/faults"));
      if (!listed) return absent;
      return fault.kind === "surge" && !listed.shoppers ? noShoppers : null;
    },
    grant: (lease) => send(LeaseReport, "PUT", `/faults/${lease.id}`, lease),
    renew: (lease) => send(LeaseReport, "POST", `/faults/${lease.id}/renew`, lease),
    revert: (leaseId) => send(LeaseReport, "DELETE", `/faults/${leaseId}`),
    probe: (leaseId) => orNull(send(LeaseReport, "GET", `/faults/${leaseId}`)),
  };
}
