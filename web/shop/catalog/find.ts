/** Whether a name holds every word that is looked for, whatever their order, case and width. */
export function isFound(name: string, wanted: string): boolean {
  const plain = (text: string) => text.normalize("NFKC").toLowerCase();
  const inName = plain(name);
  return plain(wanted)
    .split(/\s+/)
    .every((word) => inName.includes(word));
}
