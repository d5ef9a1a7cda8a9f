import type { Mark } from '@hanok/contract';

/** Bits of the `marks` column; a bit once given is never reused. */
export const MARK_BITS: Readonly<Record<Mark, number>> = {
  'time-placed': 1 << 0,
  'time-missing': 1 << 1,
  'value-cut': 1 << 2,
  'key-cut': 1 << 3,
  'attributes-dropped': 1 << 4,
  'depth-cut': 1 << 5,
  'severity-derived': 1 << 6,
  'business-id-differed': 1 << 7,
  'service-missing': 1 << 8,
  'utf8-repaired': 1 << 9,
  'severity-out-of-range': 1 << 10,
  'id-unreadable': 1 << 11,
  'keys-repeated': 1 << 12,
  'enum-unknown': 1 << 13,
  'name-limited': 1 << 14,
  'end-before-start': 1 << 15,
};

export function marksOf(bits: number): Mark[] {
  return (Object.keys(MARK_BITS) as Mark[]).filter((mark) => (bits & MARK_BITS[mark]) !== 0);
}
