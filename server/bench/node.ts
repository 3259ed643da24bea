import { startShop } from "../src/app/shop.ts";
import { readSettings } from "../src/platform/env.ts";

/** A shop node of its own process, as the product runs it; `TELEMETRY=off`, `CACHE=off` and `FAULT_POINTS=off` leave these out to measure them. */
const { TELEMETRY: telemetry, CACHE: cache, FAULT_POINTS: faultPoints, ...env } = process.env;
const running = await startShop(readSettings(env), null, {
  telemetry: telemetry !== "off",
  cache: cache !== "off",
  faultPoints: faultPoints !== "off",
});
process.send?.({ port: running.port });
process.on("disconnect", () => {
  void running.close().then(() => process.exit(0));
});
