/** The peer broke a rule, or asks too much: the connection ends with this code (GOAWAY). */
export class PeerError extends Error {
  override readonly name = 'PeerError';
  readonly code: number;

  constructor(code: number, text: string) {
    super(text);
    this.code = code;
  }
}
