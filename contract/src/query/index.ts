/** The query language of logs, traces and metrics: see GRAMMAR.md. Used by the server and the browser; no imports from outside. */
export * from './ast.ts';
export * from './complete.ts';
export * from './error.ts';
export * from './fields.ts';
export * from './filter.ts';
export * from './limits.ts';
export { parse } from './parse.ts';
export { escapeName, formatValue, print } from './print.ts';
export * from './quantity.ts';
export * from './reasons.ts';
export { measureRegex, RegexFault, type RegexSize } from './regex.ts';
export * from './resolve.ts';
export { UNICODE_CLASSES } from './unicode-classes.ts';
export * from './words.ts';
