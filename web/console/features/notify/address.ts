import type { ContactAddress } from "@orderwatch/shared/ops/notify.ts";

/** Channels whose address is typed; a browser's pushes are allowed, not typed. */
export const typedChannels = ["email", "sms", "dingtalk", "wecom", "feishu", "slack"] as const;
export type TypedChannel = (typeof typedChannels)[number];

export const fieldsOf = {
  email: ["email"],
  sms: ["phone"],
  dingtalk: ["url", "secret"],
  wecom: ["url"],
  feishu: ["url", "secret"],
  slack: ["url"],
} as const satisfies Record<TypedChannel, readonly ("email" | "phone" | "url" | "secret")[]>;

/** The address out of a form's texts; null where one of them is missing. */
export function addressOf(channel: TypedChannel, text: (name: string) => string): ContactAddress | null {
  if (fieldsOf[channel].some((name) => text(name) === "")) return null;
  switch (channel) {
    case "email":
      return { channel, email: text("email") };
    case "sms":
      return { channel, phone: text("phone") };
    case "dingtalk":
    case "feishu":
      return { channel, url: text("url"), secret: text("secret") };
    case "wecom":
    case "slack":
      return { channel, url: text("url") };
  }
}
