import type { ComponentName } from "@orderwatch/shared/shop/status.ts";

/** As a purchase goes; the contract's own list would bring its schemas into the bundle. */
export const componentOrder: readonly ComponentName[] = ["ordering", "wechat", "alipay", "delivery", "stock"];
