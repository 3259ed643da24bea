export { holdLease, type Office, releaseLease } from "./rules-store.ts";
