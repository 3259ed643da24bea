export { holdLease, releaseLease } from "./rules-store.ts";
