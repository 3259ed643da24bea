import { openStorage } from "./storage.ts";

/** This browser's own storage. */
export const device = openStorage(() => localStorage);
