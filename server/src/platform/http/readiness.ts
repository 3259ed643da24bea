/** So long an answer is good enough for the next who asks. */
const keepMs = 300;
/** Who waits longer for the database than this cannot serve. */
const withinMs = 3_000;

/**
 * Lets everybody share one look at whether this process can serve: the question is anybody's to ask, as often as they like,
 * and must not cost a statement each time. `look` gives a public reason why it cannot; one that takes too long is a no too.
 */
export function shareReadiness(
  look: () => Promise<string | undefined>,
  options: {
    withinMs?: number;
    /** Time in ms from any start. */
    nowMs?: () => number;
  } = {},
): () => Promise<string | undefined> {
  const { nowMs = () => performance.now() } = options;
  let latest: Promise<string | undefined> | undefined;
  /** Endless while somebody still looks. */
  let goodUntilMs = Number.NEGATIVE_INFINITY;
  return () => {
    if (latest && nowMs() < goodUntilMs) return latest;
    goodUntilMs = Number.POSITIVE_INFINITY;
    latest = within(look(), options.withinMs ?? withinMs).finally(() => {
      goodUntilMs = nowMs() + keepMs;
    });
    return latest;
  };
}

function within(look: Promise<string | undefined>, ms: number): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve("What this needs does not answer in time"), ms);
    look.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
