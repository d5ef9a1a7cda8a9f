/** Texts of gRPC's own headers: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */

const UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 };

/** Milliseconds; undefined when absent, null when malformed. Eight digits at most and a unit. */
export function timeoutMs(header: string | undefined): number | undefined | null {
  if (header === undefined) return undefined;
  const match = /^(\d{1,8})([HMSmun])$/.exec(header);
  return match ? Number(match[1]) * UNIT_MS[match[2]!]! : null;
}

/** `grpc-message`: UTF-8, everything outside printable ASCII, and the percent sign, percent-encoded. */
export function percentEncoded(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\x20-\x24\x26-\x7e]/gu, (character) =>
      [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
    );
}
