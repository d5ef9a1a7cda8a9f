import { SERIES_COLOURS, seriesToken, slotOfName } from './canvas-colours.ts';

/**
 * A colour for each service: the same on every screen and after a reload, and no two alike while there are colours. A
 * service takes the slot that its name hashes to, so that most have the same colour in every browser; where that one is
 * taken, the next free. What was given is kept in this browser, for a service that appears later must not repaint others.
 */
export class ServiceColours {
  readonly #slots: Map<string, number>;
  readonly #taken: Set<number>;
  readonly #changed: (slots: Readonly<Record<string, number>>) => void;

  /** @param known from an earlier visit; what is no slot is left out. */
  constructor(known: unknown, changed: (slots: Readonly<Record<string, number>>) => void) {
    const entries = Object.entries(typeof known === 'object' && known !== null ? known : {}).filter(
      (entry): entry is [string, number] => Number.isInteger(entry[1]) && entry[1] >= 0 && entry[1] < SERIES_COLOURS,
    );
    this.#slots = new Map(entries);
    this.#taken = new Set(this.#slots.values());
    this.#changed = changed;
  }

  tokenOf(name: string): `--series-${number}` {
    return seriesToken(this.#slots.get(name) ?? this.#give(name));
  }

  #give(name: string): number {
    const wanted = slotOfName(name);
    // More services than colours: the hash alone decides, and nothing is remembered.
    if (this.#taken.size >= SERIES_COLOURS) return wanted;
    let slot = wanted;
    while (this.#taken.has(slot)) slot = (slot + 1) % SERIES_COLOURS;
    this.#slots.set(name, slot);
    this.#taken.add(slot);
    this.#changed(Object.fromEntries(this.#slots));
    return slot;
  }
}

const KEY = 'hanok.service-colours.';
let current = new ServiceColours({}, () => undefined);

/** Called when a tenant is entered: its services have colours of their own. */
export function enterColoursOf(tenant: string): void {
  let known: unknown;
  try {
    known = JSON.parse(localStorage.getItem(KEY + tenant) ?? '{}');
  } catch {
    known = {};
  }
  current = new ServiceColours(known, (slots) => {
    try {
      localStorage.setItem(KEY + tenant, JSON.stringify(slots));
    } catch {
      // Storage may be full or forbidden; colours then last for this page only.
    }
  });
}

export function tokenOfService(name: string): `--series-${number}` {
  return current.tokenOf(name);
}
