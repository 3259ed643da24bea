/** The providers' trade number is our UUID without hyphens, since WeChat allows 32 characters. */

const HEX_32 = /^[0-9a-f]{32}$/;

export function tradeNumberOf(id: string): string {
  const number = id.replaceAll("-", "").toLowerCase();
  if (!HEX_32.test(number)) throw new RangeError(`not a UUID: ${id}`);
  return number;
}

/** The UUID that a trade number stands for, or undefined when it is none of ours. */
export function idOfTradeNumber(tradeNumber: string): string | undefined {
  if (!HEX_32.test(tradeNumber)) return undefined;
  return [
    tradeNumber.slice(0, 8),
    tradeNumber.slice(8, 12),
    tradeNumber.slice(12, 16),
    tradeNumber.slice(16, 20),
    tradeNumber.slice(20),
  ].join("-");
}
