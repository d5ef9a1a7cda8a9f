import type { Gauge, Meter } from '#base';

/** What a journal counts. */
export function metersOf(meter: Meter, journal: string) {
  const counter = (what: string, help: string) => meter.counter(`hanok_journal_${what}_total`, help, { journal });
  const gauge = (what: string, help: string): Gauge => meter.gauge(`hanok_journal_${what}`, help, { journal });
  return {
    batches: counter('appended_batches', 'Batches made durable.'),
    bytes: counter('appended_bytes', 'Bytes made durable, headers included.'),
    groups: counter('groups', 'Groups written with one sync each.'),
    failures: counter('write_failures', 'Writes, syncs and segment creations that failed.'),
    places: counter(
      'damaged_places',
      'Places in segments, cursors and dead letters that did not match their checksum.',
    ),
    repeats: counter(
      'repeated_batches',
      'Batches stored before a crash and sent again, answered and not stored twice.',
    ),
    deadLetters: counter('dead_letter_entries', 'Entries put aside as dead letters.'),
    held: gauge('bytes', 'Bytes of all segment files.'),
    unread: gauge('unread_bytes', 'Bytes that the slowest consumer has not passed.'),
  };
}
