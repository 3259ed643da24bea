import { type DestinationStream, type Logger, multistream, pino } from "pino";

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

/** Gets each line of a warning or worse as well, as JSON, after secrets were cut out. */
export interface LineSink {
  write(json: string): void;
}

/**
 * JSON logs, on standard output unless told otherwise. Fields that may carry secrets or personal data are cut out two
 * levels deep.
 */
export function createLog(
  options: { level: string; name: string; warnings?: LineSink },
  destination?: DestinationStream,
): Logger {
  const { warnings } = options;
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
    warnings
      ? multistream([
          { level: "trace", stream: destination ?? pino.destination(1) },
          { level: "warn", stream: warnings },
        ])
      : destination,
  );
}
