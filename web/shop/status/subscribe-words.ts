import type { Locale } from "../../lib/i18n/locale.ts";

const en = {
  title: "Be told when something is wrong",
  why: "Only news of this page, and the all-clear. No advertising.",
  email: "E-mail",
  emailFlaw: "This is not an e-mail address.",
  send: "Subscribe",
  sent: "Look into your mailbox: the link in our mail confirms the subscription. If you are subscribed already, no mail comes.",
  push: "Notify me in this browser",
  pushOn: "This browser is notified.",
  pushOff: "Stop notifying this browser",
  pushDenied: "This browser blocks notifications of this page. Allow them in its settings.",
  confirm: "Confirm the subscription",
  confirmWhy: "This address will get news of the shop's status.",
  confirmed: "Confirmed. You will be told.",
  end: "End the subscription",
  endWhy: "No more news of the shop's status will go to this address.",
  ended: "Ended. No more mail will come.",
  linkInvalid: "This link is not valid any more. Subscribe again if you like.",
  tooMany: "Too many tries. Come back in some minutes.",
  failed: "That did not work. Try again.",
};

export type SubscribeWords = typeof en;

const zh: SubscribeWords = {
  title: "异常时通知我",
  why: "只发送本页的公告和恢复通知，不发广告。",
  email: "邮箱",
  emailFlaw: "邮箱地址不正确。",
  send: "订阅",
  sent: "请查收邮件并打开其中的链接确认订阅。如果您已订阅，则不会再收到邮件。",
  push: "在此浏览器通知我",
  pushOn: "此浏览器会收到通知。",
  pushOff: "停止通知此浏览器",
  pushDenied: "此浏览器屏蔽了本页的通知，请在浏览器设置中允许。",
  confirm: "确认订阅",
  confirmWhy: "此邮箱将收到商店状态通知。",
  confirmed: "已确认，您将收到通知。",
  end: "取消订阅",
  endWhy: "此邮箱将不再收到商店状态通知。",
  ended: "已取消，不会再收到邮件。",
  linkInvalid: "此链接已失效。如有需要，请重新订阅。",
  tooMany: "尝试次数过多，请几分钟后再试。",
  failed: "操作未成功，请重试。",
};

export const subscribeWords = (locale: Locale): SubscribeWords => (locale === "en" ? en : zh);
