import type { NewProduct } from "./catalog.ts";

/**
 * What a small shop of this trade sells; invented, no real brand. A fresh shop starts with these, and simulated shoppers
 * buy nothing else.
 */
export const demoProducts: readonly NewProduct[] = [
  { sku: "game-card-30", name: "星屿通用游戏点卡 30 元", kind: "code", priceFen: 2_940, limit: 10 },
  { sku: "game-card-100", name: "星屿通用游戏点卡 100 元", kind: "code", priceFen: 9_780, limit: 10 },
  { sku: "starter-pack", name: "云端幻想 新手礼包兑换码", kind: "code", priceFen: 680, limit: 5 },
  { sku: "month-card", name: "云端幻想 月卡激活码", kind: "code", priceFen: 2_850, limit: 5 },
  { sku: "video-month", name: "青柠视频会员月卡(卡密)", kind: "code", priceFen: 1_690, limit: 5 },
  { sku: "music-season", name: "听海音乐会员季卡(卡密)", kind: "code", priceFen: 3_990 },
  { sku: "phone-50", name: "手机话费直充 50 元", kind: "recharge", priceFen: 4_965, limit: 2 },
  { sku: "coins-648", name: "星屿游戏币直充 6480 枚", kind: "recharge", priceFen: 62_800, limit: 2 },
];
