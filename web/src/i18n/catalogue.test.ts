import { compileMessageOrThrow } from '@lingui/message-utils/compileMessage';
import { describe, expect, it } from 'vitest';
import { catalogue as common } from './catalogue.en.ts';
import { FEATURE_MESSAGES } from './catalogue.features.ts';
import { catalogue as commonKo } from './catalogue.ko.ts';

type Token = ReturnType<typeof compileMessageOrThrow>[number];

/** Names of the placeholders of a message, those inside plural branches too. */
function placeholders(tokens: readonly Token[], found = new Set<string>()): Set<string> {
  for (const token of tokens) {
    if (typeof token === 'string') continue;
    const [name, , format] = token;
    if (name !== '#') found.add(name);
    if (format && typeof format === 'object')
      for (const branch of Object.values(format)) if (Array.isArray(branch)) placeholders(branch, found);
  }
  return found;
}

const features = await Promise.all(
  Object.values(FEATURE_MESSAGES).map(async (one) => [(await one.en()).messages, (await one.ko()).messages] as const),
);
const en: Readonly<Record<string, string>> = Object.assign({}, common, ...features.map(([messages]) => messages));
const ko: Readonly<Record<string, string>> = Object.assign({}, commonKo, ...features.map(([, messages]) => messages));

describe('catalogues', () => {
  it('have the same ids, and enough of them to be the real ones', () => {
    expect(Object.keys(ko).sort()).toEqual(Object.keys(en).sort());
    expect(Object.keys(en).length).toBeGreaterThan(200);
  });

  it('have no id twice', () => {
    const all = [common, ...features.map(([messages]) => messages)].flatMap((messages) => Object.keys(messages));
    expect(all.filter((id, at) => all.indexOf(id) !== at)).toEqual([]);
  });

  it.each(Object.entries(en))('%s uses the same placeholders in both languages', (id, text) => {
    const korean = ko[id] ?? '';
    expect(korean).not.toBe('');
    expect([...placeholders(compileMessageOrThrow(korean))].sort()).toEqual(
      [...placeholders(compileMessageOrThrow(text))].sort(),
    );
  });

  it('has Hangul in every Korean sentence that is not only names and signs', () => {
    const untranslated = Object.entries(ko).filter(
      ([id, text]) => text === en[id] && /[a-z]{3,} [a-z]{3,}/.test(text) && !/\w:\S/.test(text),
    );
    expect(untranslated).toEqual([]);
  });
});
