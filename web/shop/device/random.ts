/** An unguessable name of 32 hexadecimal digits; works on plain HTTP too, where `randomUUID` is missing. */
export function randomName(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

/** A UUIDv7 (RFC 9562): what the shop takes for an id that the page makes. */
export function randomId(now: number): string {
  const time = now.toString(16).padStart(12, "0");
  const name = randomName();
  return [
    time.slice(0, 8),
    time.slice(8),
    `7${name.slice(0, 3)}`,
    `8${name.slice(3, 6)}`,
    name.slice(6, 18),
  ].join("-");
}
