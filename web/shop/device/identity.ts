/** The device's identity as the shop signed it; orders that carry it are counted for this device. */
import type { DeviceStorage } from "./storage.ts";

const key = "orderwatch.device";

export function keptIdentity(storage: DeviceStorage): string | undefined {
  const kept = storage.read(key);
  return typeof kept === "string" ? kept : undefined;
}

/** Asks for an identity unless the device has one. Without it orders go on, counted for their address alone. */
export async function obtainIdentity(
  storage: DeviceStorage,
  issue: () => Promise<{ deviceId: string }>,
): Promise<void> {
  if (keptIdentity(storage) !== undefined) return;
  try {
    storage.write(key, (await issue()).deviceId);
  } catch {
    // The next visit asks again.
  }
}
