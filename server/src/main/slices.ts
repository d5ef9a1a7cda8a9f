import { CONNECTIONS_CONFIG, type readConfig } from '#base';
import { CONTROL_CONFIG } from '#control';
import { EDGE_CONFIG } from '#edge';
import { JOURNAL_CONFIG } from '#journal';
import { OUTBOUND_CONFIG } from '#outbound';
import { PIPELINE_CONFIG } from '#pipeline';
import { QUERY_CONFIG } from '#query';
import { RECEIVERS_CONFIG } from '#receivers';
import { STORE_CONFIG } from '#store';
import { MAIN_CONFIG } from './config.ts';

/** Every setting there is, by module. docs/configuration.md is generated from it. */
export const CONFIG_SLICES = {
  main: MAIN_CONFIG,
  connections: CONNECTIONS_CONFIG,
  edge: EDGE_CONFIG,
  receivers: RECEIVERS_CONFIG,
  pipeline: PIPELINE_CONFIG,
  journal: JOURNAL_CONFIG,
  store: STORE_CONFIG,
  query: QUERY_CONFIG,
  control: CONTROL_CONFIG,
  outbound: OUTBOUND_CONFIG,
} as const;

export type Config = ReturnType<typeof readConfig<typeof CONFIG_SLICES>>;
