/** Ways a disk, or somebody at the disk, spoils files. Each says what it did, or nothing when there was nothing to spoil. */
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CURSOR_SLOT_BYTES } from '../../server/src/journal/embedded/cursor.ts';
import type { Random } from '../rounds/random.ts';
import type { EntryTruth, JournalTruth } from './truth.ts';

export interface Injury {
  readonly what: string;
  readonly file: string;
  /** Nothing of the stream may be lost by it. */
  readonly harmless: boolean;
}

type Injure = (truth: JournalTruth, random: Random) => Injury | undefined;

/** Record bytes of one copy in a cursor slot, and where the copies lie. */
const CURSOR_RECORD_BYTES = 64;
const COPIES = [0, 2048];
const SEGMENT_RECORD_BYTES = 128;

function change(path: string, edit: (bytes: Buffer) => void): void {
  const bytes = readFileSync(path);
  edit(bytes);
  writeFileSync(path, bytes);
}

function entryOf(truth: JournalTruth, random: Random): EntryTruth | undefined {
  return truth.waiting.length === 0 ? undefined : random.pick(truth.waiting);
}

const flip = (bytes: Buffer, at: number, random: Random) => {
  bytes[at]! ^= 1 << random.below(8);
};

const INJURIES: Readonly<Record<string, Injure>> = {
  'a flipped bit in an entry': (truth, random) => {
    const entry = entryOf(truth, random);
    if (!entry) return undefined;
    change(join(truth.dir, entry.file), (bytes) => flip(bytes, entry.offset + random.below(entry.bytes), random));
    return { what: 'a flipped bit in an entry', file: entry.file, harmless: false };
  },
  "a flipped bit in an entry's header": (truth, random) => {
    const entry = entryOf(truth, random);
    if (!entry) return undefined;
    change(join(truth.dir, entry.file), (bytes) => flip(bytes, entry.offset + random.below(88), random));
    return { what: "a flipped bit in an entry's header", file: entry.file, harmless: false };
  },
  'zeros over a sector': (truth, random) => {
    const entry = entryOf(truth, random);
    if (!entry) return undefined;
    const at = entry.offset + random.below(entry.bytes);
    change(join(truth.dir, entry.file), (bytes) => bytes.fill(0, at, Math.min(bytes.length, at + 512)));
    return { what: 'zeros over a sector', file: entry.file, harmless: false };
  },
  'two pieces swapped': (truth, random) => {
    const [one, other] = [entryOf(truth, random), entryOf(truth, random)];
    if (!one || !other || one.file !== other.file || one === other) return undefined;
    change(join(truth.dir, one.file), (bytes) => {
      const length = Math.min(one.bytes, other.bytes, 300);
      const kept = Buffer.from(bytes.subarray(one.offset, one.offset + length));
      bytes.copyWithin(one.offset, other.offset, other.offset + length);
      kept.copy(bytes, other.offset);
    });
    return { what: 'two pieces swapped', file: one.file, harmless: false };
  },
  'an entry written over its neighbour': (truth, random) => {
    const at = random.below(truth.waiting.length);
    const [one, next] = [truth.waiting[at], truth.waiting[at + 1]];
    if (!one || !next || one.file !== next.file) return undefined;
    change(join(truth.dir, one.file), (bytes) => {
      bytes.copyWithin(next.offset, one.offset, one.offset + Math.min(one.bytes, next.bytes));
    });
    return { what: 'an entry written over its neighbour', file: next.file, harmless: false };
  },
  'the end of the newest segment cut': (truth, random) => {
    const file = [...truth.files.keys()].at(-1);
    const last = truth.waiting.at(-1);
    if (!file || last?.file !== file) return undefined;
    // Inside the last entry: a cut between two entries is a journal that was written to only so far.
    truncateSync(join(truth.dir, file), last.offset + 1 + random.below(last.bytes - 1));
    return { what: 'the end of the newest segment cut', file, harmless: false };
  },
  'a segment cut in the middle': (truth, random) => {
    const sealed = [...truth.files].slice(0, -1).filter(([name]) => truth.waiting.some(({ file }) => file === name));
    if (sealed.length === 0) return undefined;
    const [file, bytes] = random.pick(sealed);
    truncateSync(join(truth.dir, file), 4_096 + random.below(bytes.length - 4_096));
    return { what: 'a segment cut in the middle', file, harmless: false };
  },
  'a segment deleted': (truth, random) => {
    // Not the newest: without it the journal is one that was written to only so far, and nothing can tell.
    const sealed = [...truth.files.keys()]
      .slice(0, -1)
      .filter((name) => truth.waiting.some(({ file }) => file === name));
    if (sealed.length === 0) return undefined;
    const file = random.pick(sealed);
    rmSync(join(truth.dir, file));
    return { what: 'a segment deleted', file, harmless: false };
  },
  "both copies of a segment's header": (truth, random) => {
    if (truth.files.size === 0) return undefined;
    const file = random.pick([...truth.files.keys()]);
    change(join(truth.dir, file), (bytes) => {
      for (const at of COPIES) flip(bytes, at + random.below(SEGMENT_RECORD_BYTES), random);
    });
    return { what: "both copies of a segment's header", file, harmless: true };
  },
  'a cursor slot': (truth, random) => {
    const file = random.pick(['store.cursor', 'store.cursor-copy']);
    change(join(truth.dir, file), (bytes) => {
      const slots = bytes.length > CURSOR_SLOT_BYTES ? [0, CURSOR_SLOT_BYTES] : [0];
      for (const slot of slots)
        for (const at of COPIES) flip(bytes, slot + at + random.below(CURSOR_RECORD_BYTES), random);
    });
    return { what: 'a cursor slot', file, harmless: true };
  },
  'a cursor emptied': (truth, random) => {
    const file = random.pick(['store.cursor', 'store.cursor-copy']);
    truncateSync(join(truth.dir, file), 0);
    return { what: 'a cursor emptied', file, harmless: true };
  },
  'a cursor deleted': (truth) => {
    rmSync(join(truth.dir, 'store.cursor'));
    return { what: 'a cursor deleted', file: 'store.cursor', harmless: true };
  },
  'a flipped bit in a dead letter': (truth, random) => {
    const folder = join(truth.dir, 'dead-letters');
    const files = readdirSync(truth.dir).includes('dead-letters') ? readdirSync(folder) : [];
    if (files.length === 0) return undefined;
    const file = random.pick(files);
    change(join(folder, file), (bytes) => flip(bytes, 4_096 + random.below(bytes.length - 4_096), random));
    return { what: 'a flipped bit in a dead letter', file: `dead-letters/${file}`, harmless: true };
  },
};

/** Injures one thing that is there. */
export function injure(truth: JournalTruth, random: Random): Injury | undefined {
  const names = Object.keys(INJURIES);
  for (let tries = 0; tries < 20; tries++) {
    const injury = INJURIES[random.pick(names)]!(truth, random);
    if (injury) return injury;
  }
  return undefined;
}
