import { startShop } from "../src/app/shop.ts";
import { readSettings } from "../src/platform/env.ts";

/** A shop node of its own process, as the product runs it; `TELEMETRY=off` leaves telemetry out to measure its cost. */
const { TELEMETRY: telemetry, ...env } = process.env;
const running = await startShop(readSettings(env), null, { telemetry: telemetry !== "off" });
process.send?.({ port: running.port });
process.on("disconnect", () => {
  void running.close().then(() => process.exit(0));
});
