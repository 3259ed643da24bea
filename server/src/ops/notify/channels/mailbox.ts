import type { ChannelName } from "@orderwatch/shared/ops/notify.ts";
import type { Channel } from "./channel.ts";

/**
 * The console's own mailbox. A message stands in its row already, so it is always accepted; without a mail server it also
 * takes what would be e-mail.
 */
export function createMailbox(name: ChannelName = "mailbox"): Channel {
  return {
    name,
    patienceMs: 0,
    arrivesAtOnce: true,
    send: async () => ({ state: "accepted", providerId: null }),
  };
}
