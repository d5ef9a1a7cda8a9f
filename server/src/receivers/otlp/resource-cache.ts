import type { ResourceFacts } from '#pipeline';
import type { Wire } from './wire.ts';

const MAX_ENTRIES = 2_048;
const MAX_BYTES = 8 << 20;
const MAX_RESOURCE = 64 * 1_024;

export interface CachedResource extends ResourceFacts {
  /** Records seen of this resource; decides which are sampled. */
  seen: number;
}

interface Entry {
  readonly facts: CachedResource;
  readonly tenant: number;
  readonly claim: string | undefined;
  /** The bytes of the resource, then those of the schema URL. */
  readonly raw: Uint8Array;
  readonly split: number;
}

/**
 * Resources by their bytes on the wire. A sender repeats its resource in every request. Bytes are compared, not only
 * hashed, because a hit gives one sender what another one's bytes meant.
 */
export class ResourceCache {
  readonly #entries = new Map<number, Entry>();
  #bytes = 0;

  nothing(): CachedResource {
    return { low: 0, high: 0, service: 0, named: 0, environment: 0, host: 0, marks: 0, seen: 0 };
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }

  find(
    wire: Wire,
    tenant: number,
    claim: string | undefined,
    range: readonly number[],
    urlStart: number,
    urlEnd: number,
  ): CachedResource | undefined {
    const start = range[0]!;
    const end = range[1]!;
    const entry = this.#entries.get(hash(wire, start, end, tenant));
    if (!entry || entry.tenant !== tenant || entry.claim !== claim || entry.split !== end - start) return undefined;
    const { raw, split } = entry;
    if (raw.length - split !== urlEnd - urlStart) return undefined;
    const { bytes } = wire;
    for (let i = 0; i < split; i++) if (raw[i] !== bytes[start + i]) return undefined;
    for (let i = split; i < raw.length; i++) if (raw[i] !== bytes[urlStart + i - split]) return undefined;
    return entry.facts;
  }

  keep(
    facts: CachedResource,
    wire: Wire,
    tenant: number,
    claim: string | undefined,
    range: readonly number[],
    urlStart: number,
    urlEnd: number,
  ): void {
    const start = range[0]!;
    const end = range[1]!;
    const size = end - start + urlEnd - urlStart;
    if (size > MAX_RESOURCE) return;
    if (this.#entries.size >= MAX_ENTRIES || this.#bytes + size > MAX_BYTES) this.clear();
    const raw = new Uint8Array(size);
    raw.set(wire.bytes.subarray(start, end));
    raw.set(wire.bytes.subarray(urlStart, urlEnd), end - start);
    const key = hash(wire, start, end, tenant);
    this.#bytes += size - (this.#entries.get(key)?.raw.length ?? 0);
    this.#entries.set(key, { facts, tenant, claim, raw, split: end - start });
  }
}

function hash(wire: Wire, start: number, end: number, seed: number): number {
  const { view } = wire;
  let h = seed ^ (end - start);
  let at = start;
  for (; at + 4 <= end; at += 4) {
    h = Math.imul(h ^ view.getInt32(at, true), 0x9e3779b1);
    h ^= h >>> 15;
  }
  for (; at < end; at++) h = Math.imul(h ^ view.getUint8(at), 0x01000193);
  return h ^ (h >>> 13);
}
