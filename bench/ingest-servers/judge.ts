import { isDeepStrictEqual } from 'node:util';
import * as grpc from '@grpc/grpc-js';

const EXPORT = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';
/** Calls open at once in the last case. */
const AT_ONCE = 200;

/** All that a caller of the stock client learns of an answer; the wording of an error may differ. */
interface Answer {
  readonly code: number;
  readonly message: string | undefined;
}

interface Case {
  readonly name: string;
  readonly path?: string;
  readonly bytes: number;
  readonly compressed?: boolean;
  readonly deadlineMs?: number;
  readonly times?: number;
}

const CASES: readonly Case[] = [
  { name: 'an empty message', bytes: 0 },
  { name: 'one byte', bytes: 1 },
  { name: '64 KiB', bytes: 65_536 },
  { name: '64 KiB compressed', bytes: 65_536, compressed: true },
  { name: 'many frames', bytes: 3_000_000 },
  { name: 'a deadline far away', bytes: 1_000, deadlineMs: 60_000 },
  { name: 'a method that is not there', bytes: 10, path: '/opentelemetry.proto.collector.logs.v1.LogsService/Import' },
  { name: 'a service that is not there', bytes: 10, path: '/example.Nothing/Export' },
  { name: `${AT_ONCE} at once`, bytes: 20_000, times: AT_ONCE },
];

const keep = (value: Buffer) => value;

function call(client: grpc.Client, one: Case): Promise<Answer> {
  const metadata = new grpc.Metadata();
  metadata.set('authorization', 'Bearer bench');
  const options = one.deadlineMs === undefined ? {} : { deadline: Date.now() + one.deadlineMs };
  return new Promise((resolve) =>
    client.makeUnaryRequest(
      one.path ?? EXPORT,
      keep,
      keep,
      Buffer.alloc(one.bytes, 'x'),
      metadata,
      options,
      (error, value) => resolve({ code: error?.code ?? grpc.status.OK, message: value?.toString('hex') }),
    ),
  );
}

async function answersOf(port: number): Promise<Map<string, Answer[]>> {
  const open = (compressed: boolean) =>
    new grpc.Client(
      `127.0.0.1:${port}`,
      grpc.credentials.createInsecure(),
      compressed ? { 'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip } : {},
    );
  const clients = { plain: open(false), compressed: open(true) };
  const answers = new Map<string, Answer[]>();
  for (const one of CASES) {
    const client = one.compressed ? clients.compressed : clients.plain;
    answers.set(one.name, await Promise.all(Array.from({ length: one.times ?? 1 }, () => call(client, one))));
  }
  clients.plain.close();
  clients.compressed.close();
  return answers;
}

/**
 * Asks both servers the same with a stock `@grpc/grpc-js` client and resolves with the number of answers compared. Throws
 * on the first case in which code or message differ.
 */
export async function compareAnswers(ours: number, theirs: number): Promise<number> {
  const [mine, other] = await Promise.all([answersOf(ours), answersOf(theirs)]);
  let compared = 0;
  for (const { name } of CASES) {
    if (!isDeepStrictEqual(mine.get(name), other.get(name)))
      throw new Error(
        `${name}: we answered ${JSON.stringify(mine.get(name)?.[0])}, grpc-js ${JSON.stringify(other.get(name)?.[0])}`,
      );
    compared += mine.get(name)?.length ?? 0;
  }
  return compared;
}
