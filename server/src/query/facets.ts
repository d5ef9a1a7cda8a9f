import type { FacetsResponse, Signal } from '@hanok/contract';
import { type Filter, targetOf } from '@hanok/contract/query';
import { type Route, serve } from '#base';
import { FacetCounter } from './facet-counts.ts';
import { compileFilter } from './language/compile.ts';
import type { Queries } from './queries.ts';
import { within } from './range.ts';
import { inView } from './traces/search.ts';

const DEFAULT_FIELDS = {
  logs: ['severity_text', 'service.name', 'deployment.environment', 'host.name', 'event_name'],
  traces: [
    'service.name',
    'name',
    'status',
    'kind',
    'deployment.environment',
    'http.route',
    'http.response.status_code',
  ],
} as const;

/**
 * Facets of fields that the query does not filter are counted in one pass. A field that it does filter is counted by
 * itself, without those filters: a person who chose one value sees how many the others have.
 */
export function facets(queries: Queries, signal: 'logs' | 'traces'): Route {
  const counter = new FacetCounter(queries.config);
  return serve(`POST /api/v1/${signal}/facets` as const, async (context) => {
    const { query, limit, view } = context.input;
    const fields = [...new Set(context.input.fields ?? DEFAULT_FIELDS[signal])];
    const session = queries.session(context);
    const range = queries.range(context.input);
    const { filter, known } = await queries.asked(session, query, signal, range, fields);
    const base = [...within(range), ...(signal === 'traces' ? inView(view) : [])];
    const passes = passesOf(fields, filter, signal);
    const found = new Map<string, CountedFacet>();
    let share = 1;
    for (const pass of passes) {
      const counted = await counter.count(session, signal, {
        fields: pass.fields,
        where: [...base, compileFilter(pass.filter, signal, known)],
        known,
        limit,
      });
      share = Math.max(share, counted.share);
      for (const facet of counted.facets) found.set(facet.field, facet);
    }
    return {
      facets: fields.flatMap((field) => found.get(field) ?? []),
      sampled: 1 / share,
      stats: session.stats(),
    };
  });
}

type CountedFacet = FacetsResponse['facets'][number];

interface Pass {
  readonly fields: readonly string[];
  readonly filter: Filter;
}

/** One pass for all fields that stand in no filter of their own, one for each of the others. */
function passesOf(fields: readonly string[], filter: Filter, signal: Signal): readonly Pass[] {
  const own = fields.filter((field) => withoutField(filter, field, signal) !== filter);
  const free = fields.filter((field) => !own.includes(field));
  return [
    ...(free.length > 0 ? [{ fields: free, filter }] : []),
    ...own.map((field) => ({ fields: [field], filter: withoutField(filter, field, signal) })),
  ];
}

/** The filter without those members of its outermost AND that test nothing but this field; itself when it has none. */
function withoutField(filter: Filter, field: string, signal: Signal): Filter {
  const target = JSON.stringify(targetOf(signal, field));
  const isOwn = (one: Filter): boolean => {
    switch (one.kind) {
      case 'field':
        return JSON.stringify(one.target) === target;
      case 'not':
        return isOwn(one.child);
      case 'or':
        return one.children.every(isOwn);
      default:
        return false;
    }
  };
  if (isOwn(filter)) return { kind: 'all' };
  if (filter.kind !== 'and') return filter;
  const children = filter.children.filter((child) => !isOwn(child));
  if (children.length === filter.children.length) return filter;
  return children.length === 0 ? { kind: 'all' } : children.length === 1 ? children[0]! : { kind: 'and', children };
}
