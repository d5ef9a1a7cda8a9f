import { expect, it } from 'vitest';
import { systemAddresses, systemResolve } from './system.ts';

it('knows the hosts file for what the operator listed, and for nothing else', async () => {
  expect(await systemResolve('localhost', true)).toContain('127.0.0.1');
  // Name servers may know it too (RFC 6761 wants it so); what they cannot know is a name that only the hosts file has.
  await expect(systemResolve('name.invalid', true)).rejects.toThrow();
  expect(await systemResolve('name.invalid', false)).toEqual([]);
});

it('knows the addresses of this machine', () => {
  expect(systemAddresses()).toContain('127.0.0.1');
});
