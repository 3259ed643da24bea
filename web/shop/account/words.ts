import type { BuyerTier } from "@orderwatch/shared/shop/buyers.ts";
import type { Locale } from "../../lib/i18n/locale.ts";

/** English words of the buyer's own page; they come with it, so that who only buys does not load them. */
const en = {
  title: "Me",
  why: "Nobody has to sign in to buy. Signed in, you see your orders from every device, and buy with one tap on each.",
  phone: "Phone",
  phoneFlaw: "This is not a phone number.",
  send: "Send me a code",
  sent: (phone: string) => `A code is on its way to ${phone}. It is good for 10 minutes.`,
  code: "Code from the SMS",
  codeFlaw: "Six digits, as they are in the SMS.",
  enter: "Sign in",
  again: "Send another code",
  againIn: (time: string) => `Another code in ${time}`,
  otherPhone: "Use another number",
  tier: { regular: "Member", silver: "Silver member", gold: "Gold member" } satisfies Record<
    BuyerTier,
    string
  >,
  spent: (amount: string) => `${amount} bought in the last 12 months`,
  nextTier: (amount: string, tier: string) => `${amount} more to ${tier}`,
  since: "Member since",
  details: "For the next purchase",
  method: "Usual payment",
  noDetails: "Filled in with your next purchase.",
  data: "Your data",
  dataWhy: "Take out everything that we know of you, or have it deleted.",
  export: "Download my data",
  remove: "Delete my account",
  removeSure:
    "Your account, details, sign-ins and what you wrote to support are deleted, and orders that are over no longer say whose they were. Orders under way keep your contact until they are settled, and not longer; an expired top-up keeps its account as long as a late payment may come. What our staff noted for themselves stays.",
  removeBalance: (amount: string) =>
    `Your balance of ${amount} is lost with it, and so is what comes back later of an order that it paid for. You can spend it first.`,
  removeYes: "Delete for good",
  removeNo: "Keep it",
  removed: "Your account is deleted.",
  signOut: "Sign out",
  signOutWhy: "Orders stay on this device until you remove them under “My orders”.",
  problem: {
    "buyer.code_wrong": "The code is wrong or too old.",
    "buyer.too_many": "Too many tries. Come back in some minutes.",
    "buyer.session_required": "You are signed out. Sign in again.",
    "balance.left": "Your balance has changed meanwhile. Open this page again and see what would be lost.",
  } as Record<string, string>,
  failed: "The shop cannot be reached. Try again.",
};
export type AccountWords = typeof en;

const zh: AccountWords = {
  title: "我的",
  why: "无需登录即可购买。登录后，可在任何设备上查看您的全部订单，并一键购买。",
  phone: "手机号",
  phoneFlaw: "手机号格式不正确。",
  send: "获取验证码",
  sent: (phone) => `验证码已发送至 ${phone}，10 分钟内有效。`,
  code: "短信验证码",
  codeFlaw: "请输入短信中的 6 位数字。",
  enter: "登录",
  again: "重新获取验证码",
  againIn: (time) => `${time} 后可重新获取`,
  otherPhone: "换一个手机号",
  tier: { regular: "普通会员", silver: "银卡会员", gold: "金卡会员" },
  spent: (amount) => `近 12 个月已消费 ${amount}`,
  nextTier: (amount, tier) => `再消费 ${amount} 升级为${tier}`,
  since: "注册时间",
  details: "下次购买时使用",
  method: "常用支付方式",
  noDetails: "下次购买后自动填入。",
  data: "您的数据",
  dataWhy: "您可以下载我们保存的全部个人数据，或将其删除。",
  export: "下载我的数据",
  remove: "注销账号",
  removeSure:
    "您的账号、个人信息、登录状态和与客服的对话将被删除，已结束的订单不再显示属于谁。进行中的订单会保留联系方式，处理完毕后即删除；已过期的充值订单在可能延迟到账期间保留充值账号。客服人员的内部备注会保留。",
  removeBalance: (amount) =>
    `余额 ${amount} 将随账号一并失去，之后由余额支付的订单退款也无法再退给您。您可以先将余额用完。`,
  removeYes: "永久注销",
  removeNo: "保留账号",
  removed: "账号已注销。",
  signOut: "退出登录",
  signOutWhy: "订单仍保留在本设备，可在“我的订单”中清除。",
  problem: {
    "buyer.code_wrong": "验证码错误或已失效。",
    "buyer.too_many": "尝试次数过多，请几分钟后再试。",
    "buyer.session_required": "登录已失效，请重新登录。",
    "balance.left": "余额刚刚有变化，请重新打开本页查看将失去的金额。",
  },
  failed: "暂时无法连接商店，请重试。",
};

export const accountWords = (locale: Locale): AccountWords => (locale === "en" ? en : zh);
