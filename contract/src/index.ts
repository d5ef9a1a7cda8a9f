export * from './admin.ts';
export * from './api.ts';
export * from './errors.ts';
export * from './ids.ts';
export * from './time.ts';
export * from './units.ts';
