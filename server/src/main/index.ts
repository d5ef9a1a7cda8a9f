export { type Hanok, openHanok } from './open.ts';
export { CONFIG_SLICES } from './slices.ts';
