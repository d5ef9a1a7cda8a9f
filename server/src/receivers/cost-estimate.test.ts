import type { TenantId } from '@hanok/contract';
import { describe, expect, it } from 'vitest';
import { CostEstimate } from './cost-estimate.ts';
import { MemoryBudget } from './memory-budget.ts';

const a = 'tenant-a' as TenantId;
const b = 'tenant-b' as TenantId;

describe('the cost of a request', () => {
  it('is guessed from what the tenant sent before', () => {
    const estimate = new CostEstimate();
    expect(estimate.guess(a, 'logs', 2_000, true)).toEqual({ records: 10, bytes: 2_000 });
    estimate.learn(a, 'logs', 1_000, true, { records: 100, bytes: 20_000 });
    expect(estimate.guess(a, 'logs', 2_000, true)).toEqual({ records: 200, bytes: 40_000 });
    expect(estimate.guess(a, 'logs', undefined, true)).toEqual({ records: 100, bytes: 20_000 });
    expect(estimate.guess(a, 'logs', 2_000, false).records).toBe(10);
    expect(estimate.guess(b, 'logs', 2_000, true).records).toBe(10);
  });

  it('follows when the sender changes', () => {
    const estimate = new CostEstimate();
    estimate.learn(a, 'logs', 1_000, true, { records: 100, bytes: 20_000 });
    for (let i = 0; i < 20; i++) estimate.learn(a, 'logs', 1_000, true, { records: 10, bytes: 2_000 });
    expect(estimate.guess(a, 'logs', 1_000, true).records).toBeLessThan(13);
  });
});

describe('the memory budget', () => {
  it('gives one tenant a quarter at most beside its first, and all of it nobody more', () => {
    const budget = new MemoryBudget(100);
    expect(budget.take(a, 15)).toBe(true);
    expect(budget.take(a, 11)).toBe(false);
    expect(budget.take(a, 10)).toBe(true);
    expect(budget.take(b, 75)).toBe(true);
    expect(budget.take(b, 1)).toBe(false);
    budget.give(a, 25);
    expect(budget.take(a, 20)).toBe(true);
    expect(budget.used).toBe(95);
  });

  it('lets a single large body through', () => {
    const budget = new MemoryBudget(100);
    expect(budget.take(a, 80)).toBe(true);
    expect(budget.take(a, 101)).toBe(false);
  });
});
