import { setTimeout as sleep } from 'node:timers/promises';
import { must, type Sequence } from '#base';
import type { FileSystem } from '../fs.ts';
import type { JournalRemoval, TenantHeld } from '../port.ts';
import type { DamageLog } from './damage.ts';
import type { DeadLetters } from './dead-letters.ts';
import { SEGMENT_HEADER_BYTES } from './format.ts';
import { type Ledger, lastOf } from './ledger.ts';
import { Scan, scanWindow } from './scan.ts';

export interface TenantRemovalDeps {
  readonly fs: FileSystem;
  readonly ledger: Ledger;
  readonly deadLetters: DeadLetters;
  readonly damages: DamageLog;
  readonly retainMs: number;
  readonly passed: () => Sequence;
  readonly roll: () => void;
  readonly trim: () => void;
}

const ROLL_WITHIN_MS = 5_000;
const LOOK_EVERY_MS = 10;

/**
 * Takes one tenant out of a journal that several share. Entries are not cut out of segments: a segment goes as a whole when
 * every consumer has passed it and its time is over, so the one being written is ended and then waited for. What lies beside
 * the segments is rewritten without the tenant's.
 */
export class EmbeddedRemoval implements JournalRemoval {
  readonly #deps: TenantRemovalDeps;

  constructor(deps: TenantRemovalDeps) {
    this.#deps = deps;
  }

  get last(): Sequence {
    return this.#deps.ledger.durable;
  }

  get passed(): Sequence {
    return this.#deps.passed();
  }

  async held(tenant: string): Promise<TenantHeld> {
    const { fs, ledger, deadLetters, damages } = this.#deps;
    let bytes = 0;
    for (const segment of [...ledger.segments]) {
      const { marker, length } = segment;
      if (marker === undefined || segment.leaving) continue;
      const file = await fs.open(segment.path, 'read');
      try {
        const range = { offset: SEGMENT_HEADER_BYTES, end: length };
        const scan = new Scan(file, marker, range, scanWindow(length), true);
        for (let found = await scan.find(); found; found = await scan.find()) {
          const { header } = found;
          if (header.tenant === tenant) bytes += header.headerBytes + header.payloadBytes;
          scan.pass(found);
        }
      } finally {
        await file.close();
      }
    }
    const aside = await deadLetters.heldOf(tenant);
    return { bytes, deadLetters: aside.entries, unknown: aside.damagedFiles + (await damages.unknownPlaces()) };
  }

  async removeAside(tenant: string): Promise<void> {
    await this.#deps.deadLetters.removeTenant(tenant);
    await this.#deps.damages.removeTenant(tenant);
  }

  async endSegment(through: Sequence): Promise<void> {
    const { ledger, roll, trim } = this.#deps;
    const ended = () => {
      const newest = ledger.segments.at(-1);
      return newest === undefined || newest.first > through;
    };
    if (!ended()) roll();
    for (let waited = 0; !ended(); waited += LOOK_EVERY_MS) {
      must(waited < ROLL_WITHIN_MS, 'the journal begins a segment when it is asked to');
      await sleep(LOOK_EVERY_MS);
    }
    trim();
  }

  remaining(through: Sequence): { readonly goneAt: number | undefined } | undefined {
    const left = this.#deps.ledger.segments.filter(({ first, entries }) => entries > 0 && first <= through);
    const last = left.at(-1);
    if (!last) return undefined;
    const isPassed = lastOf(last) <= this.#deps.passed();
    return { goneAt: isPassed && last.passedAt !== undefined ? last.passedAt + this.#deps.retainMs : undefined };
  }
}
