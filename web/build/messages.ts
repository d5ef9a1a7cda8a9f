import { statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { compileMessageOrThrow } from '@lingui/message-utils/compileMessage';
import type { Plugin } from 'vite';

/**
 * Turns `messages.en.ts` and `messages.ko.ts` into compiled ICU messages at build time, so that the message
 * parser stays out of the bundle and a malformed message fails the build instead of a screen.
 */
export function compiledMessages(): Plugin {
  return {
    name: 'hanok:messages',
    enforce: 'pre',
    async load(id) {
      const file = id.split('?')[0] ?? id;
      if (!/messages\.(en|ko)\.ts$/.test(file)) return undefined;
      const loaded: { messages: Record<string, string> } = await import(
        `${pathToFileURL(file).href}?at=${statSync(file).mtimeMs}`
      );
      const compiled = Object.fromEntries(
        Object.entries(loaded.messages).map(([key, text]) => [key, compileMessageOrThrow(text)]),
      );
      return `export const messages = ${JSON.stringify(compiled)};`;
    },
  };
}
