/** Both companies write local times of Beijing, which has had a fixed offset of eight hours since 1991. */

const OFFSET_MS = 8 * 60 * 60 * 1000;
const LOCAL = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})$/;

/** "2026-01-31 08:00:00", Alipay's form. */
export function beijingLocal(at: Date): string {
  return new Date(at.getTime() + OFFSET_MS).toISOString().slice(0, 19).replace("T", " ");
}

/** "2026-01-31T08:00:00+08:00", WeChat Pay's form of RFC 3339. */
export function beijingRfc3339(at: Date): string {
  return `${beijingLocal(at).replace(" ", "T")}+08:00`;
}

/** The instant of Alipay's "yyyy-MM-dd HH:mm:ss", or undefined when it is none. */
export function instantOfBeijingLocal(text: string): Date | undefined {
  const match = LOCAL.exec(text);
  if (!match) return undefined;
  const at = new Date(`${match[1]}T${match[2]}+08:00`);
  return Number.isNaN(at.getTime()) ? undefined : at;
}
