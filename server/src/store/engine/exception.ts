/** A failure of the engine, with the code ClickHouse gives it. Codes are matched, texts are for people. */
export class EngineException extends Error {
  readonly exceptionCode: number;
  readonly exceptionName: string;

  constructor(code: number, name: string, message: string) {
    super(message);
    this.name = 'EngineException';
    this.exceptionCode = code;
    this.exceptionName = name;
  }

  /** As ClickHouse writes it into an answer. */
  text(): string {
    return `Code: ${this.exceptionCode}. DB::Exception: ${this.message} (${this.exceptionName})`;
  }
}

/** Reads what chDB throws: `Code: 62. DB::Exception: Syntax error … (SYNTAX_ERROR)`. */
export function exceptionFrom(error: unknown): EngineException {
  if (error instanceof EngineException) return error;
  const message = error instanceof Error ? error.message : String(error);
  const match = /^Code: (\d+)\. DB::Exception: ([\s\S]*?)(?: \(([A-Z0-9_]+)\))?\s*$/.exec(message);
  if (match) return new EngineException(Number(match[1]), match[3] ?? 'UNKNOWN_EXCEPTION', match[2]!);
  return new EngineException(1002, 'UNKNOWN_EXCEPTION', message);
}

/** The statuses ClickHouse's HTTP interface gives; everything else is 500. */
const STATUS: Readonly<Record<number, number>> = Object.fromEntries([
  ...[6, 26, 27, 32, 33, 38, 41, 42, 43, 44, 53, 62, 69, 70, 72, 117, 130, 131, 190, 456, 457].map((code) => [
    code,
    400,
  ]),
  ...[16, 46, 47, 60, 81, 50, 115].map((code) => [code, 404]),
  [159, 408],
  [202, 503],
  [203, 503],
  [203, 503],
  [285, 503],
  [439, 503],
  [516, 403],
  [497, 403],
  [164, 403],
]);

export function statusOf(exception: EngineException): number {
  return STATUS[exception.exceptionCode] ?? 500;
}
