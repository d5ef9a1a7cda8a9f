import { describe, expect, it } from 'vitest';
import { byOf, groupsOf } from './search.ts';

describe('groups of lines', () => {
  const defaults = ['state'];

  it.each<[string[] | undefined, string | undefined, string[] | undefined]>([
    [undefined, undefined, undefined],
    [['host'], undefined, ['state', 'host']],
    [['-', 'host'], undefined, ['host']],
    [['-'], undefined, []],
    [undefined, 'host', ['state', 'host']],
    [['state'], 'state', ['state']],
  ])('of by %j and split %j are %j', (by, split, expected) => {
    expect(groupsOf({ by, split }, defaults)).toEqual(expected);
  });

  it('are written so that they are read again', () => {
    for (const groups of [['state'], ['state', 'host'], ['host'], []])
      expect(groupsOf({ by: byOf(groups, defaults), split: undefined }, defaults) ?? defaults).toEqual(groups);
    expect(byOf([], [])).toBeUndefined();
  });
});
