import { describe, expect, it } from 'vitest';
import { withChosen } from './with-chosen.ts';

describe('withChosen', () => {
  const facet = { values: [{ value: 'info', count: 3 }], kept: ['fatal'], excluded: ['info', 'trace'] };

  it('keeps chosen and excluded values in sight although they are rare', () => {
    expect(withChosen(facet).map((one) => one.value)).toEqual(['info', 'fatal', 'trace']);
  });

  it('lists each once', () => {
    expect(withChosen({ ...facet, kept: ['info'], excluded: [] })).toEqual([{ value: 'info', count: 3 }]);
  });
});
