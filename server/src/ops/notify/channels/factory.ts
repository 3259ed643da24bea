import type { Clock } from "../../../platform/clock.ts";
import type { Vapid } from "../../../platform/vapid.ts";
import type { Channel, Channels } from "./channel.ts";
import { createEmail } from "./email.ts";
import { createMailbox } from "./mailbox.ts";
import { createPush } from "./push.ts";
import { createRobot } from "./robots.ts";
import { createSms, type SmsAccount } from "./sms.ts";

export interface ChannelOptions {
  smtp: { url: string; from: string } | undefined;
  sms: SmsAccount | undefined;
  vapid: Vapid;
  production: boolean;
  clock: Clock;
}

/** The channels that this installation has. Outside production, e-mail without a mail server goes to the mailbox. */
export function createChannels(options: ChannelOptions): Channels {
  const { smtp, sms, clock, production } = options;
  const channels: Channel[] = [
    createMailbox(),
    ...(smtp ? [createEmail(smtp)] : production ? [] : [createMailbox("email")]),
    ...(sms ? [createSms({ account: sms, clock })] : []),
    createPush(options),
    ...(["dingtalk", "wecom", "feishu", "slack"] as const).map((name) => createRobot(name, options)),
  ];
  return new Map(channels.map((channel) => [channel.name, channel]));
}
