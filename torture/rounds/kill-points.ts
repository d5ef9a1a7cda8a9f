/**
 * Loaded into the program with `--import`, before anything else: wraps what the journal and the store's client ask of
 * Node, and kills at the exact place that the plan names. The product knows nothing of it.
 *
 * The plan is a file (`TORTURE_PLAN`), read when the process starts and again at every SIGUSR2: which place, at which
 * passing, and who dies there. What was hit is appended to `TORTURE_HITS` before the kill, because nothing is after. A
 * file beside the plan, made by each look at it, says that an earlier plan is in force no more.
 */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import { type KillPlan, type Place, readMark } from './plan.ts';

type Callback = (error: NodeJS.ErrnoException | null, ...rest: unknown[]) => void;
type Call = (...args: unknown[]) => unknown;

/** Where a cursor slot has the first sequence of the begun range (journal's FORMAT.md); 0: nothing is begun. */
const CURSOR_BEGUN_AT = 32;
/** These tables go in before the others (`drain.ts`): behind one of them there is always another one to come. */
const REFERRED = /INTO `[^`]*`\.`(?:resources|scopes|series)`/;

const planFile = process.env['TORTURE_PLAN'];
const hitsFile = process.env['TORTURE_HITS'];
if (isMainThread && planFile && hitsFile && process.argv[1]?.endsWith('cli.ts')) watch(planFile, hitsFile);

function watch(planPath: string, hitsPath: string): void {
  let plan: KillPlan | undefined;
  let passes = 0;
  const read = () => {
    try {
      plan = JSON.parse(readFileSync(planPath, 'utf8')) as KillPlan;
      passes = 0;
    } catch {
      plan = undefined;
    }
    writeFileSync(readMark(planPath), '');
  };
  // Our own look at the disk must not pass through the wrapped calls.
  const { readFileSync, writeFileSync, appendFileSync, rmSync } = { ...fs };

  const engines = () =>
    readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')
      .split(' ')
      .filter((pid) => pid !== '' && /engine/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8')))
      .map(Number);

  const at = (place: Place): void => {
    if (plan?.place !== place || ++passes < plan.pass) return;
    const { victim } = plan;
    plan = undefined;
    rmSync(planPath, { force: true });
    appendFileSync(hitsPath, `${JSON.stringify({ place, victim })}\n`);
    if (victim !== 'main') for (const pid of engines()) process.kill(pid, 'SIGKILL');
    if (victim !== 'engine') process.kill(process.pid, 'SIGKILL');
  };

  const paths = new Map<number, string>();
  const kindOf = (fd: number) => {
    const path = paths.get(fd) ?? '';
    if (/\.cursor(?:2)?(?:\.new)?$/.test(path)) return 'cursor' as const;
    if (/\.segment$/.test(path)) return 'segment' as const;
    return undefined;
  };
  /** Per cursor descriptor: whether the slot written last begins a range or commits one. */
  const written = new Map<number, 'begin' | 'commit'>();

  /** Calls through, with `before` just before it and `after` between its end and whoever waits for it. */
  const around = (
    holder: object,
    name: string,
    before: (args: unknown[]) => void,
    after: (args: unknown[], result: unknown) => void,
  ) => {
    const methods = holder as Record<string, Call>;
    const original = methods[name]!;
    methods[name] = (...args: unknown[]) => {
      const done = args.at(-1);
      if (typeof done !== 'function') return original.apply(holder, args);
      before(args);
      const callback: Callback = (error, ...rest) => {
        if (error === null || error === undefined) after(args, rest[0]);
        (done as Callback)(error, ...rest);
      };
      return original.apply(holder, [...args.slice(0, -1), callback]);
    };
  };

  around(
    fs,
    'open',
    () => {},
    ([path], fd) => paths.set(fd as number, String(path)),
  );
  around(
    fs,
    'close',
    ([fd]) => {
      paths.delete(fd as number);
      written.delete(fd as number);
    },
    () => {},
  );
  for (const name of ['writev', 'write'])
    around(
      fs,
      name,
      ([fd, data]) => {
        const kind = kindOf(fd as number);
        if (kind === 'segment') at('append: before the write');
        if (kind !== 'cursor') return;
        const pieces = (Array.isArray(data) ? data : [data]) as Buffer[];
        // A file written whole may begin with an empty slot.
        const slot = pieces.at(-1)!;
        const step =
          Buffer.from(slot.buffer, slot.byteOffset).readBigUInt64LE(CURSOR_BEGUN_AT) > 0n ? 'begin' : 'commit';
        written.set(fd as number, step);
        at(step === 'begin' ? 'begin: before the write' : 'insert to cursor: all answered, commit not written');
      },
      ([fd]) => {
        const kind = kindOf(fd as number);
        if (kind === 'segment') at('append: written, not synced');
        if (kind === 'cursor')
          at(
            written.get(fd as number) === 'begin'
              ? 'begin: written, not synced'
              : 'insert to cursor: commit not synced',
          );
      },
    );
  around(
    fs,
    'fdatasync',
    () => {},
    ([fd]) => {
      const kind = kindOf(fd as number);
      if (kind === 'segment') at('append: synced, not answered');
      if (kind === 'cursor')
        at(written.get(fd as number) === 'begin' ? 'begin: synced, nothing inserted' : 'commit: synced');
    },
  );
  around(
    fs,
    'rename',
    ([, to]) => {
      if (/\.segment$/.test(String(to))) at('rotation: before the rename');
      if (/\.dead$/.test(String(to))) at('dead letter: before the rename');
    },
    ([from, to]) => {
      for (const [fd, path] of paths) if (path === from) paths.set(fd, String(to));
      if (/\.segment$/.test(String(to))) at('rotation: renamed, directory not synced');
      if (/\.dead$/.test(String(to))) at('dead letter: renamed, not committed');
    },
  );
  around(
    fs,
    'unlink',
    ([path]) => {
      if (/\.segment$/.test(String(path))) at('trim: before the unlink');
    },
    ([path]) => {
      if (/\.segment$/.test(String(path))) at('trim: unlinked');
    },
  );

  const control = process.env['TORTURE_CONTROL'];
  if (control === 'loss') pretendToWrite(kindOf);

  const original = http.request;
  const request = (...args: unknown[]) => {
    const options = args[0] as { path?: string };
    // With a token of its own for each try, the engine cannot know a replay: the harness must see duplicates.
    if (control === 'duplicates' && options?.path)
      options.path = options.path.replace(/(?<=insert_deduplication_token=)[^&]*/, () => randomUUID());
    const query = /insert_deduplication_token=/.test(options?.path ?? '')
      ? new URLSearchParams(options.path!.slice(2)).get('query')
      : null;
    if (query !== null) at('insert: before it is sent');
    const sent = (original as unknown as Call)(...args) as http.ClientRequest;
    if (query === null) return sent;
    const referred = REFERRED.test(query);
    // The engine is at work for a few milliseconds.
    sent.once('finish', () => setTimeout(() => at('insert: under way'), passes % 7).unref());
    sent.prependOnceListener('response', () =>
      at(referred ? 'insert: answered, another table to come' : 'insert: a table answered'),
    );
    return sent;
  };
  http.request = request as typeof http.request;
  syncBuiltinESMExports();

  read();
  process.on('SIGUSR2', read);
}

/** One append in so many is not written. */
const LOST_ONE_IN = 5;

/** Groups of the journal that are said to be written and are not: a kill before they are inserted must show as loss. */
function pretendToWrite(kindOf: (fd: number) => 'cursor' | 'segment' | undefined): void {
  let appends = 0;
  const writev = fs.writev as unknown as Call;
  const pretended = (...args: unknown[]) => {
    const [fd, pieces] = args as [number, Buffer[]];
    if (kindOf(fd) !== 'segment' || ++appends % LOST_ONE_IN > 0) return writev.apply(fs, args);
    const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    setImmediate(args.at(-1) as Callback, null, bytes, pieces);
    return undefined;
  };
  fs.writev = pretended as unknown as typeof fs.writev;
}
