/** What the shop needs of `localStorage`; `durable` is false where nothing outlives the page. */
export interface DeviceStorage {
  readonly durable: boolean;
  read(key: string): unknown;
  write(key: string, value: unknown): void;
  remove(key: string): void;
}

type Backing = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const usable = (open: () => Backing): Backing | null => {
  try {
    const backing = open();
    backing.setItem("orderwatch.probe", "1");
    backing.removeItem("orderwatch.probe");
    return backing;
  } catch {
    // Browsers refuse storage in private modes and when it is full: memory takes its place.
    return null;
  }
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    // Someone else wrote here, or a write was cut short; what cannot be read counts as absent.
    return undefined;
  }
};

/** JSON values in the device's storage; what the browser refuses to store is kept for as long as the page lives. */
export function openStorage(open: () => Backing): DeviceStorage {
  const backing = usable(open);
  const refused = new Map<string, string>();
  return {
    get durable() {
      return backing !== null && refused.size === 0;
    },
    read(key) {
      const text = refused.get(key) ?? backing?.getItem(key);
      return text == null ? undefined : parsed(text);
    },
    write(key, value) {
      const text = JSON.stringify(value);
      try {
        if (backing === null) throw new Error("the browser has no storage");
        backing.setItem(key, text);
        refused.delete(key);
      } catch {
        // Full, or refused since the page opened: an order just placed must still be shown.
        refused.set(key, text);
      }
    },
    remove(key) {
      refused.delete(key);
      backing?.removeItem(key);
    },
  };
}

/** True for a JSON object, as a start for checking what was read. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
