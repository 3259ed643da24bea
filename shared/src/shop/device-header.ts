/** Where a device says who it is: the identity that the shop signed. Never part of an address. */
export const deviceHeader = "x-device-id";
