/** Wall-clock arithmetic in a named zone, on nothing but `Intl`. */
export interface Wall {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function partsFormat(zone: string): Intl.DateTimeFormat {
  let found = formats.get(zone);
  if (!found) {
    found = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(zone, found);
  }
  return found;
}

export function wallOf(epochMs: number, zone: string): Wall {
  const wall = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };
  for (const part of partsFormat(zone).formatToParts(epochMs))
    if (part.type in wall) wall[part.type as keyof Wall] = Number(part.value);
  return wall;
}

/** Milliseconds the zone's clock is ahead of UTC at that moment. */
function offsetAt(epochMs: number, zone: string): number {
  const w = wallOf(epochMs, zone);
  return Date.UTC(w.year, w.month - 1, w.day, w.hour, w.minute, w.second) - Math.floor(epochMs / 1_000) * 1_000;
}

/**
 * The moment at which clocks of the zone show `wall`. Where summer time skips it, the moment an hour later;
 * where it happens twice, the first. Fields beyond their range carry over (hour 24 is the next midnight).
 */
export function epochOf(wall: Wall, zone: string): number {
  const asUtc = Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second);
  const before = asUtc - offsetAt(asUtc - 86_400_000, zone);
  if (offsetAt(before, zone) === asUtc - before) return before;
  const after = asUtc - offsetAt(asUtc + 86_400_000, zone);
  return offsetAt(after, zone) === asUtc - after ? after : before;
}

export function startOfDay(epochMs: number, zone: string, addDays = 0): number {
  const w = wallOf(epochMs, zone);
  return epochOf({ ...w, day: w.day + addDays, hour: 0, minute: 0, second: 0 }, zone);
}
