/**
 * Who may import whom. `scripts/check-modules.ts`, the picture in docs/architecture.md and the tests derive from
 * this table. A module is a folder under server/src; its only entrance is `index.ts`. `contract` is open to all.
 */
export const MODULES = {
  base: [],
  pipeline: ['base'],
  journal: ['base'],
  store: ['base'],
  control: ['base'],
  outbound: ['base'],
  receivers: ['base', 'pipeline'],
  query: ['base', 'store'],
  edge: ['base', 'control'],
  main: ['base', 'pipeline', 'journal', 'store', 'control', 'outbound', 'receivers', 'query', 'edge'],
} as const satisfies Record<string, readonly string[]>;

export type Module = keyof typeof MODULES;
