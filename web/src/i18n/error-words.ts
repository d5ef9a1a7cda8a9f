import type { ErrorWords } from './errors.ko.ts';

/** What an answer, a live stream or the query's own parser says went wrong. */
export interface Fault {
  readonly code: string;
  readonly reason?: string | undefined;
  readonly values?: Readonly<Record<string, string | number>> | undefined;
  readonly at?: string | undefined;
  readonly message: string;
  readonly fix?: string | undefined;
}

/** In the reader's language; empty where the server's own English is the language. */
let words: Readonly<Record<string, ErrorWords>> = {};

/** Called with every change of language. */
export function learnErrors(learnt: Readonly<Record<string, ErrorWords>>): void {
  words = learnt;
}

/** What went wrong and how to mend it, in the reader's language; the server's English where there are no words for it. */
export function errorWords(fault: Fault): { readonly message: string; readonly fix?: string } {
  const found = words[`${fault.code}.${fault.reason ?? ''}`] ?? words[fault.code];
  if (!found) return { message: sentence(fault.message), ...(fault.fix === undefined ? {} : { fix: fault.fix }) };
  const values: Readonly<Record<string, string | number>> = { at: fault.at ?? '', ...fault.values };
  // A value that the server left out shows as a dash rather than as a name in braces.
  const fill = (text: string) => text.replace(/\{([a-z]+)\}/g, (_, name: string) => String(values[name] ?? '–'));
  const [message, fix] = found;
  return { message: fill(message), ...(fix === undefined ? {} : { fix: fill(fix) }) };
}

/** Words that are no names of fields, operators or keys: a message may begin with those. */
const OPENING = /^(?:a|an|both|half|it|its|more|no|nothing|only|the|there|these|this|your)\b/;

/** The server's messages are clauses that stand behind a code in a log; to a person they are sentences. */
function sentence(message: string): string {
  const begun = OPENING.test(message) ? message.charAt(0).toUpperCase() + message.slice(1) : message;
  return /[\p{L}\p{N})"”’]$/u.test(begun) ? `${begun}.` : begun;
}
