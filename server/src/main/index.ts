export { MAIN_ERRORS } from './errors.ts';
export { type Hanok, openHanok } from './open.ts';
export { CONFIG_SLICES } from './slices.ts';
