import { type DestinationStream, type Logger, pino } from "pino";

export type { Logger };

const secretFields = [
  "password",
  "token",
  "secret",
  "codes",
  "contact",
  "phone",
  "email",
  "authorization",
  "cookie",
  "rechargeAccount",
  "account",
  "plain",
  "privateKey",
  "body",
];

/**
 * JSON logs, on standard output unless told otherwise. Fields that may carry secrets or personal data are cut out two
 * levels deep.
 */
export function createLog(options: { level: string; name: string }, destination?: DestinationStream): Logger {
  return pino(
    {
      level: options.level,
      base: { node: options.name, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
        censor: "[redacted]",
      },
    },
    destination,
  );
}
