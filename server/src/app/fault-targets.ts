import type { Words } from "@orderwatch/shared/words.ts";
import type { FaultTargets } from "../ops/drills/actions.ts";
import { TargetUnreachable } from "../ops/drills/actions.ts";
import { isSandboxFault, sandboxTarget, sandboxTargetName } from "../ops/drills/sandbox-target.ts";
import type { Keys } from "../platform/crypto.ts";
import { OutboundError } from "../platform/outbound.ts";

const notOffered: Words = {
  "zh-CN": "这里没有可以承受此故障的目标",
  en: "There is no target here that could take this fault",
};

/** Everything that can hold a fault, as one: who takes which is decided here. */
export function createFaultTargets({
  keys,
  sandboxUrl,
}: {
  keys: Keys;
  sandboxUrl: string | null;
}): FaultTargets {
  const sandbox = sandboxTarget({ url: sandboxUrl, keys });
  return {
    async place(fault) {
      if (!isSandboxFault(fault)) return { refused: notOffered };
      const refused = await sandbox.refusal(fault);
      return refused ? { refused } : [{ target: sandboxTargetName, fault }];
    },
    grant: (_, lease) => reached(sandbox.grant(lease)),
    renew: (_, lease) => reached(sandbox.renew(lease)),
    revert: (_, leaseId) => reached(sandbox.revert(leaseId)),
    probe: (_, leaseId) => reached(sandbox.probe(leaseId)),
  };
}

async function reached<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof OutboundError) throw new TargetUnreachable(error.message, { cause: error });
    throw error;
  }
}
