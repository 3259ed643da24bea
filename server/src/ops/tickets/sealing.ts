/** What each sealed text on staff's side is bound to, so that none can be read in another's place. */
export const sealedAs = {
  note: (id: string) => `ticket-note:${id}`,
  handoffNote: (id: string) => `ticket-handoff:${id}:note`,
  handoffReason: (id: string) => `ticket-handoff:${id}:reason`,
  callWish: (id: string) => `ticket-call:${id}:wish`,
  callPhone: (id: string) => `ticket-call:${id}:phone`,
  callNote: (id: string) => `ticket-call-attempt:${id}:note`,
} as const;
