/** A journal whose engine sleeps holds so many times fewer handles than one with its engine. */
const ASLEEP_SHARE = 8;

/** For how many stores with an engine file handles are kept: silos may be many, and few of their engines awake. */
export function handleStores(stores: number, mostAwake: number): number {
  const silos = Math.max(0, stores - 1);
  const awake = Math.min(silos, mostAwake);
  return 1 + awake + Math.ceil((silos - awake) / ASLEEP_SHARE);
}
