import { describe, expect, it } from 'vitest';
import { decideGate, type Gate, type GateFacts } from './admission.ts';

const limits = { budgetBytes: 4_000, reserveBytes: 1_000, waitingBytes: 100 };
const calm: GateFacts = { unreadBytes: 0, freeBytes: 1_000_000, waitingBytes: 0, broken: false };
const gate = (facts: Partial<GateFacts>, before: Gate = 'open') => decideGate(before, { ...calm, ...facts }, limits);

describe('a disk that several journals share', () => {
  it('shuts the one that has taken the space first, and the drained ones only deeper in the reserve', () => {
    const hoarding = { unreadBytes: 2_000 };
    expect(gate({ freeBytes: 999, ...hoarding })).toBe('disk-full');
    expect(gate({ freeBytes: 999, unreadBytes: 80 })).toBe('open');
    expect(gate({ freeBytes: 600, unreadBytes: 80 })).toBe('open');
    expect(gate({ freeBytes: 599, unreadBytes: 80 })).toBe('disk-full');
    expect(gate({ freeBytes: 999, unreadBytes: 81 })).toBe('disk-full');
  });

  it('opens again with room to spare, so that it does not flutter', () => {
    expect(gate({ freeBytes: 1_249, unreadBytes: 2_000 }, 'disk-full')).toBe('disk-full');
    expect(gate({ freeBytes: 1_250, unreadBytes: 2_000 }, 'disk-full')).toBe('open');
    expect(gate({ freeBytes: 749, unreadBytes: 0 }, 'disk-full')).toBe('disk-full');
    expect(gate({ freeBytes: 750, unreadBytes: 0 }, 'disk-full')).toBe('open');
  });
});

it('names what is worst: no segment, then no disk, then no budget, then a slow disk', () => {
  const all = { broken: true, freeBytes: 0, unreadBytes: 4_000, waitingBytes: 200 };
  expect(gate(all)).toBe('broken');
  expect(gate({ ...all, broken: false })).toBe('disk-full');
  expect(gate({ ...all, broken: false, freeBytes: 1e9 })).toBe('full');
  expect(gate({ waitingBytes: 200 })).toBe('slow');
});
