import { describeConfig } from '#base';
import { CONFIG_SLICES, type Config } from './slices.ts';

export function printConfig(config: Config): string {
  const rows = describeConfig(CONFIG_SLICES, config);
  const wide = Math.max(...rows.map((row) => row.env.length));
  return rows
    .map(
      (row) =>
        `${row.value === row.default || row.value === '***' ? ' ' : '*'} ${row.env.padEnd(wide)}  ${String(row.value)}\n`,
    )
    .join('');
}
