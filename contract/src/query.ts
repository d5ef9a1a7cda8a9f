export * from './query/index.ts';
