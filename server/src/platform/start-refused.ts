/** A start that cannot succeed by trying again; the message is the one line to show, naming what to change. */
export class StartRefused extends Error {
  override name = "StartRefused";
}
