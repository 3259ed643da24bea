/** Free of schemas, so that browsers may import it: kinds that strike whole processes, whoever's orders are in them. */
export const unboundedFaults = ["kill", "freeze", "restart", "database", "cache", "queue", "clock"] as const;
