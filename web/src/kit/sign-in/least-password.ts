/** Characters; the server refuses shorter passwords. */
export const LEAST_PASSWORD = 12;
