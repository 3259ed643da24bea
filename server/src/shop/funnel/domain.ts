/** The public status says what buyers would find out themselves: whether orders get paid and delivered right now. */

export type ServiceStatus = "operational" | "degraded" | "down";

/** Fewer outcomes than this prove nothing, so nothing bad is said. */
const enough = 5;
const degradedBelow = 0.8;
const downBelow = 0.1;

/** How a service does whose last outcomes were so many successes and failures. */
export function statusOf(succeeded: number, failed: number): ServiceStatus {
  const total = succeeded + failed;
  if (total < enough || succeeded / total >= degradedBelow) return "operational";
  return succeeded / total >= downBelow ? "degraded" : "down";
}

/** The whole is no better than delivery, and down when every channel is. */
export function worst(delivery: ServiceStatus, channels: readonly ServiceStatus[]): ServiceStatus {
  if (delivery !== "operational") return delivery;
  if (channels.length > 0 && channels.every((channel) => channel === "down")) return "down";
  return channels.every((channel) => channel === "operational") ? "operational" : "degraded";
}
