import type { MetricInfo } from '@hanok/contract';

type Form = Pick<MetricInfo, 'type' | 'temporality' | 'monotonic' | 'units'>;

/** A form of a metric's name as the address bar carries it. */
export function formKey({ type, temporality, monotonic, units }: Form): string {
  return [type, temporality, monotonic ? 'monotonic' : 'any', [...units].sort().join(' ')].join('/');
}

/** What of the query language finds one form and no other. */
export function formFilter({ type, temporality, monotonic, units }: Form): string {
  const named = units.filter((unit) => unit !== '').map((unit) => `unit:${JSON.stringify(unit)}`);
  const unit = [...named, ...(units.includes('') ? ['-unit:*'] : [])];
  return [
    `type:${type}`,
    `temporality:${temporality}`,
    `monotonic:${monotonic}`,
    unit.length > 1 ? `(${unit.join(' OR ')})` : (unit[0] ?? ''),
  ].join(' ');
}

/** The user's own filter, and the form's where one was chosen. */
export function withForm(query: string, form: Form | undefined): string {
  if (!form) return query;
  return query.trim() === '' ? formFilter(form) : `(${query}) ${formFilter(form)}`;
}
