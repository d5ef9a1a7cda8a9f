import { isTenantId } from '@hanok/contract';
import { expect, it } from 'vitest';
import { idFromName } from './id-from-name.ts';

it('makes host labels of names that have letters of hosts', () => {
  expect(idFromName('Acme Bakery, Inc.')).toBe('acme-bakery-inc');
  expect(idFromName('  3M Korea ')).toBe('m-korea');
  expect(idFromName('Café Ångström')).toMatch(/^cafe?-/);
  expect(idFromName('한옥 Foods')).toBe('foods');
  expect(idFromName('한옥')).toBe('');
  const long = idFromName(`${'a'.repeat(62)} b`);
  expect(isTenantId(long)).toBe(true);
});
