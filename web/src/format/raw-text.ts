import type { LogRow, Span } from '@hanok/contract';
import { visibleText } from './visible.ts';

/** A record as the API gave it, laid out: values keep their typed form (`{"int": "…"}`, `{"kv": […]}`). */
export function rawText(record: LogRow | Span): string {
  return visibleText(JSON.stringify(record, null, 2));
}
