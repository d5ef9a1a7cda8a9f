import { PERMISSIONS_OF_TENANT_ROLE, type TenantPermission } from '@hanok/contract';
import type { Input, Operation } from './surface.ts';
import { putText, sample, textPlaces } from './values.ts';

/** Something of the victim's, and a twin of the same form that nobody has. */
export interface Identifier {
  readonly existing: string;
  readonly missing: string;
}

export interface Targets {
  /** The victim's tenant and one that does not exist. */
  readonly tenant: Identifier;
  readonly attackerTenant: string;
  /**
   * By input: `GET /api/v1/traces/{traceId} traceId`, or the input's name alone. Every path parameter needs one.
   * The victim must be able to use `existing` on every reading route it is given for.
   */
  readonly identifiers: Readonly<Record<string, Identifier>>;
  /** Tried in every text of every request: ids, names, addresses of the victim. */
  readonly everywhere: readonly Identifier[];
  /** By the name of an input that takes a query: questions that find something of the victim's, with their twins. */
  readonly queries?: Readonly<Record<string, readonly Identifier[]>>;
  /**
   * Operations that are attacked with credentials, tenants and their own identifiers alone, without every text at every
   * place: because another run of the suite does that.
   */
  readonly briefly?: (operation: Operation) => boolean;
  /** Valid values for inputs whose schema does not lead to one, by input as above. */
  readonly samples?: Readonly<Record<string, unknown>>;
}

/** Whose credential, and where it is put; resolved when the request is sent. */
export type Credential =
  | 'none'
  | 'attacker-owner'
  | 'attacker-viewer'
  /** An API token of the attacker's tenant that may nothing but `TOKEN_PERMISSION`. */
  | 'attacker-token'
  /** An operator to whom the victim's data is not open. */
  | 'operator'
  | 'attacker-cookie'
  | 'attacker-key'
  | 'attacker-key-header'
  | 'victim-key'
  | 'revoked'
  | 'made-up'
  | 'attacker-bearer-victim-cookie'
  | 'attacker-then-victim-cookie'
  | 'victim-owner';

export interface Shot {
  readonly credential: Credential;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** Taken out of the answer before it is compared. */
  readonly probe: string | undefined;
}

export interface Attack {
  readonly operation: Operation;
  readonly name: string;
  readonly shot: Shot;
  /** The same with something that does not exist; its answer must be the same. */
  readonly twin?: Shot;
  /** Reads a tenant's data, so that how long it takes must tell nothing either. */
  readonly timed?: true;
  /** Statuses that are right. */
  readonly allowed: (status: number) => boolean;
  readonly expected: string;
}

/** As tenant ids: forms that confuse parsers, caches and file systems. */
const MALFORMED = ['a|b', '../x', 'x'.repeat(200), '__proto__', 'constructor', '*', '%', "' or 1=1 --", '%00', '.'];
/** Headers in which other systems carry tenants, roles or people. Ours must not heed them. */
const FOREIGN_HEADERS = [
  'x-scope-orgid',
  'x-tenant-id',
  'x-org-id',
  'x-forwarded-user',
  'x-hanok-role',
  'x-original-url',
];

/** 200 interleaved pairs of every query at every route would take a quarter of an hour. */
const SEVENTH = 7;

const refused = (...statuses: number[]) => ({
  allowed: (status: number) => statuses.includes(status),
  expected: statuses.join(' or '),
});
/** Answered as somebody with a right to ask would be: anything but a failure of ours or a lost session. */
const ANSWERED = { allowed: (status: number) => status < 500 && status !== 401, expected: 'below 500, not 401' };
/** Refused by role or by tenant before anything is looked at. */
const FORBIDDEN = refused(403);

const spread = (tenant: string) => [`${tenant},`, tenant.toUpperCase(), `${tenant}/`, `${tenant}%20`, `./${tenant}`];

interface Parts {
  readonly path: Record<string, unknown>;
  readonly query: Record<string, unknown>;
  readonly body: Record<string, unknown>;
}

export interface Generated {
  readonly attacks: readonly Attack[];
  /** Requests of the victim for what is its own: must succeed, and show the canaries. */
  readonly controls: readonly Attack[];
  /** Routes that cannot be attacked with what is known. A suite that skips them proves nothing. */
  readonly gaps: readonly string[];
}

/** What the attacker's token may. */
export const TOKEN_PERMISSION: TenantPermission = 'storage.read';

function mayAsViewer({ permission, askedOf }: Operation): boolean {
  if (askedOf === 'self') return true;
  return PERMISSIONS_OF_TENANT_ROLE.viewer.some((one) => one === permission);
}

/** Every attack on every operation. Pure: the same surface and targets give the same attacks. */
export function generateAttacks(operations: readonly Operation[], targets: Targets): Generated {
  const attacks: Attack[] = [];
  const controls: Attack[] = [];
  const gaps: string[] = [];
  let n = 0;

  for (const operation of operations) {
    const { id, permission, askedOf, inputs, stream } = operation;
    const known = <T>(table: Readonly<Record<string, T>>, input: Input): T | undefined =>
      table[`${id} ${input.name}`] ?? table[input.name];

    const base = (own: 'existing' | 'missing'): Parts | undefined => {
      const parts: Parts = { path: {}, query: {}, body: {} };
      n++;
      for (const input of inputs) {
        const identifier = known(targets.identifiers, input);
        if (input.place === 'path') {
          if (identifier) parts.path[input.name] = identifier[own];
          else if (!gaps.includes(`${id}: no identifier for the path parameter ${input.name}`))
            gaps.push(`${id}: no identifier for the path parameter ${input.name}`);
          continue;
        }
        if (!input.required && known(targets.samples ?? {}, input) === undefined) continue;
        const value = known(targets.samples ?? {}, input) ?? sample(input.schema, n);
        if (value === undefined) {
          const gap = `${id}: no value for the required input ${input.name}`;
          if (!gaps.includes(gap)) gaps.push(gap);
          continue;
        }
        parts[input.place][input.name] = value;
      }
      return gaps.some((gap) => gap.startsWith(`${id}: `)) ? undefined : parts;
    };
    const shot = (
      credential: Credential,
      parts: Parts,
      headers: Readonly<Record<string, string>> = {},
      probe?: string,
    ): Shot => ({ credential, path: render(operation.path, parts), headers, body: bodyOf(operation, parts), probe });
    const add = (name: string, first: Shot, expectation: typeof ANSWERED, twin?: Shot, timed = false) =>
      attacks.push({
        operation,
        name,
        shot: first,
        ...expectation,
        ...(twin ? { twin } : {}),
        ...(timed ? { timed } : {}),
      });
    const readsData = askedOf === 'tenant' && !stream && !operation.changes;

    const existing = base('existing');
    const missing = base('missing');
    if (!existing || !missing) continue;

    if (askedOf !== 'public') {
      for (const credential of [
        'none',
        'attacker-key',
        'attacker-key-header',
        'victim-key',
        'revoked',
        'made-up',
      ] as const)
        add(`with ${credential}`, shot(credential, existing), refused(401), shot(credential, missing));
      add('with a bearer and another’s cookie', shot('attacker-bearer-victim-cookie', existing), refused(401));
      if (!mayAsViewer(operation))
        add('as a viewer', shot('attacker-viewer', existing), FORBIDDEN, shot('attacker-viewer', missing));
      if (askedOf === 'instance')
        add('as an owner', shot('attacker-owner', existing), FORBIDDEN, shot('attacker-owner', missing));
      if (permission !== TOKEN_PERMISSION && permission !== 'signed-in')
        add(
          'with a token for something else',
          shot('attacker-token', existing),
          FORBIDDEN,
          shot('attacker-token', missing),
        );
      // Operators know which tenants there are; what is in them is not theirs to see.
      if (askedOf === 'tenant')
        add(
          'as an operator who did not open it',
          shot('operator', existing, { 'x-hanok-tenant': targets.tenant.existing }),
          FORBIDDEN,
          shot('operator', missing, { 'x-hanok-tenant': targets.tenant.existing }),
        );
      for (const header of ['x-hanok-tenant', 'x-business-id']) {
        const claim = (tenant: string) => shot('attacker-owner', existing, { [header]: tenant }, tenant);
        const twin = claim(targets.tenant.missing);
        for (const tenant of [targets.tenant.existing, ...spread(targets.tenant.existing), ...MALFORMED])
          add(`naming ${tenant.slice(0, 20)} in ${header}`, claim(tenant), FORBIDDEN, twin);
        const both = `${targets.attackerTenant}, ${targets.tenant.existing}`;
        add(`naming both tenants in ${header}`, claim(both), FORBIDDEN, twin);
      }
      add(
        'with a cookie, naming the victim',
        shot('attacker-cookie', existing, { 'x-hanok-tenant': targets.tenant.existing }, targets.tenant.existing),
        FORBIDDEN,
        shot('attacker-cookie', existing, { 'x-hanok-tenant': targets.tenant.missing }, targets.tenant.missing),
      );
    }

    const may = askedOf === 'instance' ? FORBIDDEN : ANSWERED;
    const credential: Credential = askedOf === 'public' ? 'none' : 'attacker-owner';
    const allowedAs = askedOf === 'public' ? { allowed: (status: number) => status < 500, expected: 'below 500' } : may;
    if (askedOf !== 'public')
      add('with its own cookie before another’s', shot('attacker-then-victim-cookie', missing), refused(400));
    for (const header of FOREIGN_HEADERS) {
      // Samples of their own, so that a route that counts attempts counts them apart.
      const carrying = (tenant: string) => shot(credential, base('missing') ?? missing, { [header]: tenant }, tenant);
      add(`with ${header}`, carrying(targets.tenant.existing), allowedAs, carrying(targets.tenant.missing));
    }
    if (stream || operation.method === 'GET') {
      const inQuery = (tenant: string) =>
        shot(credential, { ...missing, query: { ...missing.query, tenant } }, {}, tenant);
      add(
        'naming the victim in the query',
        inQuery(targets.tenant.existing),
        allowedAs,
        inQuery(targets.tenant.missing),
      );
    }

    const isBrief = targets.briefly?.(operation) === true;
    for (const input of inputs) {
      const own = known(targets.identifiers, input);
      if (isBrief && !own) continue;
      const queries = targets.queries?.[input.name] ?? [];
      const probes = [...(own ? [own] : []), ...(isBrief ? [] : [...queries, ...targets.everywhere, targets.tenant])];
      for (const place of textPlaces(input.schema)) {
        const where = [input.name, ...place].join('.');
        const at = (text: string): Shot | undefined => {
          const parts = base('missing');
          if (!parts) return undefined;
          parts[input.place][input.name] = putText(parts[input.place][input.name], place, text);
          return shot(credential, parts, {}, text);
        };
        for (const probe of probes) {
          const [first, twin] = [at(probe.existing), at(probe.missing)];
          // With many queries each route is timed with a seventh, another one than the route before.
          const turn =
            queries.length < SEVENTH || (queries.indexOf(probe) + operations.indexOf(operation)) % SEVENTH === 0;
          const timed = readsData && (probe === own || (queries.includes(probe) && turn));
          if (first && twin) add(`${probe.existing.slice(0, 60)} in ${where}`, first, allowedAs, twin, timed);
        }
        for (const text of isBrief ? [] : MALFORMED) {
          // A segment `.` is taken out of a path before it is sent.
          if (text === '.' && input.place === 'path') continue;
          const first = at(text);
          if (first) add(`${text.slice(0, 20)} in ${where}`, first, allowedAs);
        }
      }
    }

    if (askedOf !== 'public' && askedOf !== 'instance' && !operation.changes) {
      controls.push({
        operation,
        name: 'the victim asks for its own',
        shot: shot('victim-owner', existing),
        twin: shot('victim-owner', missing),
        ...{ allowed: (status: number) => status >= 200 && status < 300, expected: '2xx' },
      });
    }
  }
  return { attacks, controls, gaps };
}

function render(path: string, parts: Parts): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(parts.path[name])));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parts.query))
    for (const one of Array.isArray(value) ? value : [value])
      query.append(name, typeof one === 'object' ? JSON.stringify(one) : String(one));
  const text = query.toString();
  return text === '' ? filled : `${filled}?${text}`;
}

function bodyOf(operation: Operation, parts: Parts): unknown {
  return operation.method === 'GET' || operation.method === 'DELETE' ? undefined : parts.body;
}
