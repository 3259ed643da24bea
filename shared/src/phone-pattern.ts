/** What is taken for a phone number; apart from its schema, so that the buyers' page stays small. */
export const phonePattern = /^\+?[0-9][0-9 -]{4,20}$/;
