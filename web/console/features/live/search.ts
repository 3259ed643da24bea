/** What the address of Live says: `?wall`, and what of the shop is looked at. */
export interface LiveSearch {
  /** Without any chrome, to be read from three metres. */
  wall?: true;
  /** The last hour instead of the last five minutes. */
  range?: "hour";
  /** Real buyers only, without simulated traffic. */
  traffic?: "buyers";
}

export function readLiveSearch(search: Record<string, unknown>): LiveSearch {
  return {
    ...("wall" in search && search.wall !== false ? { wall: true as const } : {}),
    ...(search.range === "hour" ? { range: "hour" as const } : {}),
    ...(search.traffic === "buyers" ? { traffic: "buyers" as const } : {}),
  };
}
