import { join } from 'node:path';
import type { Sequence } from '#base';
import type { FileSystem } from '../fs.ts';
import {
  CURSOR_COPY_SUFFIX,
  CURSOR_SLOT_BYTES,
  CURSOR_SUFFIX,
  type CursorState,
  type decodeCursor,
  readCursor,
} from './cursor.ts';
import type { DamageLog } from './damage.ts';

export interface KnownCursor {
  readonly generation: bigint;
  readonly state: CursorState;
  /** Not every copy of it was whole. */
  readonly damaged: boolean;
}

export interface KnownCursors {
  readonly cursors: Map<string, KnownCursor>;
  /** The highest sequence any of them knows. */
  readonly handledThrough: Sequence;
}

type Found = NonNullable<ReturnType<typeof decodeCursor>>;

/** Reads every consumer's place from its two files; the newest whole state counts, damage is reported. */
export async function readCursors(
  fs: FileSystem,
  dir: string,
  files: readonly string[],
  damages: DamageLog,
): Promise<KnownCursors> {
  const names = new Set<string>();
  for (const file of files)
    for (const suffix of [CURSOR_SUFFIX, CURSOR_COPY_SUFFIX])
      if (file.endsWith(suffix)) names.add(file.slice(0, -suffix.length));

  const cursors: KnownCursors['cursors'] = new Map();
  let handledThrough: Sequence = 0n;
  for (const name of names) {
    let best: Found | undefined;
    const bad: { file: string; offset: number; bytes: number; what: string }[] = [];
    for (const file of [name + CURSOR_SUFFIX, name + CURSOR_COPY_SUFFIX]) {
      if (!files.includes(file)) {
        // A version before the copy left none.
        if (file.endsWith(CURSOR_SUFFIX)) bad.push({ file, offset: 0, bytes: 0, what: 'the file is missing' });
        continue;
      }
      const { found, damagedAt, size } = await readCursor(fs, join(dir, file));
      if (found && (best === undefined || found.generation > best.generation)) best = found;
      if (damagedAt !== undefined)
        bad.push({
          file,
          offset: damagedAt,
          bytes: Math.max(0, Math.min(CURSOR_SLOT_BYTES, size - damagedAt)),
          what: 'a record does not match its checksum',
        });
    }
    for (const { what, ...place } of bad) {
      const outcome = best
        ? 'the copy that is whole counts, nothing is lost'
        : 'no copy is whole: what is kept is read again from the oldest entry, and may be stored twice';
      damages.report({
        ...place,
        first: best ? best.generation : 0n,
        last: best ? best.generation - 1n : -1n,
        acknowledged: best === undefined,
        tenant: undefined,
        reason: `the place of consumer ${name}: ${what}; ${outcome}`,
      });
    }
    // Registered all the same: nothing may be deleted before its consumer has seen it.
    const { generation, state } = best ?? { generation: 0n, state: { committed: 0n, begun: undefined } };
    cursors.set(name, { generation, state, damaged: bad.length > 0 });
    for (const known of [best?.state.committed, best?.state.begun?.last])
      if (known !== undefined && known > handledThrough) handledThrough = known;
  }
  return { cursors, handledThrough };
}
