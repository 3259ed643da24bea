/** Puts text on the clipboard; false where the browser allows no way to. */
export async function copyText(text: string): Promise<boolean> {
  try {
    // Missing on plain HTTP, and refused by some in-app browsers.
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(text);
      return true;
    }
  } catch {
    // The older way below works in more places.
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.readOnly = true;
  // Inside an open dialog everything else is inert and could not be selected.
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  return copied;
}
