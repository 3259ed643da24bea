import type { Role } from "@orderwatch/shared/ops/roles.ts";
import { startConsole } from "../src/app/console.ts";
import { createAccounts } from "../src/ops/accounts/actions.ts";
import { systemClock } from "../src/platform/clock.ts";
import { readSettings, type Settings } from "../src/platform/env.ts";
import { createTestContext, type TestContext, testSecretKey } from "./context.ts";
import { freePorts } from "./free-ports.ts";

export const adminEmail = "admin@example.com";
/** Of every account that tests make. */
export const staffPassword = "a password for tests";

export interface TestConsole {
  url: string;
  /** What a page of this console sends as Origin. */
  origin: string;
  /** The same database as the console's, for looking at rows. */
  context: TestContext;
  settings: Settings;
  /** Makes an account with this role, once, and signs in; the value of a Cookie header. */
  signIn(role: Role): Promise<string>;
  close(): Promise<void>;
}

/**
 * A console on a free port with a database of its own, or on the one of the shop `beside` it; without demo products, and
 * without pages unless `pagesFrom` names the folder of the built web. Without an `alertsToken` nobody may send it alerts.
 */
export async function startTestConsole(
  options: {
    pagesFrom?: string;
    alertsToken?: string;
    beside?: Omit<TestContext, "clock">;
    notify?: Partial<Settings["notify"]>;
  } = {},
): Promise<TestConsole> {
  const context: TestContext = options.beside
    ? { ...options.beside, clock: systemClock }
    : await createTestContext();
  const settings = readSettings({
    NODE_ENV: "test",
    ROLE: "console",
    // Origins contain the port, so it has to be known before the console starts.
    CONSOLE_PORT: String((await freePorts(1))[0]),
    DATABASE_URL: context.url,
    SECRET_KEY: testSecretKey,
    ADMIN_EMAIL: adminEmail,
    ADMIN_PASSWORD: staffPassword,
    LOG_LEVEL: "silent",
    ...(options.alertsToken === undefined ? {} : { ALERTS_TOKEN: options.alertsToken }),
  });
  const quiet = {
    ...settings,
    sandbox: { ...settings.sandbox, on: false },
    notify: { ...settings.notify, ...options.notify },
  };
  const console = await startConsole(quiet, null, {
    pagesFrom: options.pagesFrom ?? null,
    notice: () => undefined,
  });
  const url = `http://127.0.0.1:${console.port}`;
  const origin = url;
  const accounts = createAccounts({ ...context, url: origin, origins: [origin], production: false });
  const cookies = new Map<Role, Promise<string>>();

  const signIn = async (role: Role): Promise<string> => {
    const email = role === "admin" ? adminEmail : `${role}@example.com`;
    if (role !== "admin") await accounts.create({ email, name: role, role, password: staffPassword });
    const answer = await fetch(`${url}/api/auth/sign-in/email`, {
      method: "POST",
      headers: { "content-type": "application/json", origin },
      body: JSON.stringify({ email, password: staffPassword }),
    });
    if (!answer.ok) throw new Error(`signing in as ${role} was answered ${answer.status}`);
    return answer.headers
      .getSetCookie()
      .map((cookie) => cookie.split(";", 1)[0])
      .join("; ");
  };
  return {
    url,
    origin,
    context,
    settings: quiet,
    signIn(role) {
      const known = cookies.get(role) ?? signIn(role);
      cookies.set(role, known);
      return known;
    },
    async close() {
      await console.close();
      if (!options.beside) await context.close();
    },
  };
}
