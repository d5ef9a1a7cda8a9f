import { setTimeout as sleep } from 'node:timers/promises';
import { endpoint, type JwtIssuerRequest, PERMISSIONS_OF_TENANT_ROLE } from '@hanok/contract';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { errorCatalogue, failer, type Route, routeOf, type TenantContext } from '#base';
import { openApi } from './http/openapi.ts';
import {
  attackAll,
  type EdgeInstance,
  GUESSING_EXEMPT,
  openEdgeInstance,
  SIGN_IN_SAMPLES,
  TOKEN_PERMISSION,
  timeAll,
  type World,
} from './testkit.ts';

/*
 * Every route of control and edge, and a store of documents that stands for the data routes of other modules. The full
 * program is attacked by the same engine over its published OpenAPI document.
 */
const fail = failer(errorCatalogue({ 'demo.not-found': { kind: 'caller', status: 404, retry: false } }));

const A_CANARY = 'canary-9f3a-document-of-a';
const NOTICE_CANARY = 'canary-9f3a-notice-of-a';
const DOCUMENTS: Readonly<Record<string, { readonly tenant: string; readonly text: string }>> = {
  doc0000000000000a: { tenant: 'tenant-a', text: A_CANARY },
  doc0000000000000b: { tenant: 'tenant-b', text: 'of b' },
};
const documentShape = z.object({ id: z.string(), text: z.string() });
const docId = z.string().max(64);

const sound: Route[] = [
  routeOf(
    'GET /api/v1/documents/:documentId',
    endpoint({
      permission: 'logs.read',
      summary: 'One',
      input: z.object({ documentId: docId }),
      output: documentShape,
    }),
    async ({ input: { documentId }, caller }) => {
      const found = Object.hasOwn(DOCUMENTS, documentId) ? DOCUMENTS[documentId] : undefined;
      if (found?.tenant !== caller.tenant) throw fail('demo.not-found', 'there is no such document');
      return { id: documentId, text: found.text };
    },
  ),
  routeOf(
    'POST /api/v1/documents/search',
    endpoint({
      permission: 'logs.read',
      summary: 'Many',
      input: z.object({
        query: z.string().default(''),
        fields: z.array(z.string()).default([]),
        filter: z.object({ owner: z.string().optional(), depth: z.number().optional() }).optional(),
        order: z.enum(['newest', 'oldest']).default('newest'),
        from: z.union([z.string(), z.number()]).default('now-1h'),
      }),
      output: z.object({ rows: z.array(documentShape) }),
    }),
    async ({ input: { query }, caller }) => ({
      rows: Object.entries(DOCUMENTS)
        .filter(([, { tenant, text }]) => tenant === caller.tenant && text.includes(query))
        .map(([id, { text }]) => ({ id, text })),
    }),
  ),
];

let instance: EdgeInstance;
afterEach(() => instance?.close());

const VICTIM_ISSUER: JwtIssuerRequest = {
  name: 'issuer',
  issuer: 'https://idp.example.com',
  source: 'discovery',
  audiences: ['hanok'],
  leewaySeconds: 30,
  requiredClaims: [],
  tenantClaim: 'tenantId',
};

async function openWorld(routes: readonly Route[]): Promise<{ document: unknown; world: World }> {
  instance = await openEdgeInstance({
    routes,
    deps: {
      // What operators are told of stores names everybody; a tenant is told of itself.
      notices: ({ operator, tenant }) =>
        operator || tenant === 'tenant-a' ? [{ code: 'demo', level: 'warn', message: NOTICE_CANARY }] : [],
    },
  });
  const { control } = instance;
  const by = { name: 'test', tenant: null, remote: '' };
  const [a, b] = ['tenant-a', 'tenant-b'].map((id) => control.snapshot().tenant(id)!);
  const all = new Set(PERMISSIONS_OF_TENANT_ROLE.owner);
  const victim = await control.users.create(by, a!.id, all, { email: 'canary-9f3a@a.example', role: 'editor' });
  const victimKey = await control.keys.create(by, a!.id, 'canary-9f3a-key-name');
  const issuer = await control.jwtIssuers.create(by, a!.id, {
    ...VICTIM_ISSUER,
    name: 'canary-9f3a-issuer-name',
    issuer: 'https://canary-9f3a.example.com',
  });
  const [victimOwner] = await control.users.list(a!.id);
  const inviter = {
    kind: 'person',
    id: victimOwner!.id,
    name: victimOwner!.email,
    instance: new Set<never>(),
  } as const;
  const invitation = await control.links.invite(by, inviter, a!.id, all, {
    email: 'canary-9f3a@invited.example',
    role: 'viewer',
  });
  const victimSession = (await control.resolveSession(await instance.token('tenant-a')))!;
  const victimSessionId = (await control.sessions.list(victimSession.principal.id))[0]!.id;
  const viewer = await control.users.create(by, b!.id, all, { email: 'viewer@b.example', role: 'viewer' });
  const role = await control.roles.create(by, a!.id, all, { name: 'canary-9f3a-role', permissions: ['logs.read'] });
  const account = await control.serviceAccounts.create(by, a!.id, all, { name: 'canary-9f3a-account', role: 'viewer' });
  const wish = { name: 'canary-9f3a-token', permissions: [TOKEN_PERMISSION], networks: [], expiresInDays: 1 };
  const maker = (id: string) => ({ kind: 'person', id }) as const;
  const victimToken = await control.tokens.create(by, maker(victim.user.id), a!.id, all, wish);
  const [owner] = await control.users.list(b!.id);
  const token = await control.tokens.create(by, maker(owner!.id), b!.id, all, { ...wish, name: 'attack' });
  const [operator] = await control.operators.list();
  const access = await control.operatorAccess.open(by, { ...maker(operator!.id), name: operator!.email }, 'hanok', {
    reason: 'a look at our own',
    role: 'viewer',
    minutes: 5,
  });
  instance.edge.ingestActivity.report({
    at: instance.clock.now(),
    tenant: a!.id,
    signal: 'logs',
    protocol: 'otlp-http',
    outcome: 'accepted',
    code: null,
    message: null,
    fix: null,
    records: 1,
    bytes: 1,
    rejected: 0,
    remote: '192.0.2.1',
    userAgent: 'canary-9f3a-agent',
    service: null,
  });
  await control.tenants.change(by, a!.id, { name: 'canary-9f3a-tenant-name' });
  const { deletions } = control;
  await control.tenants.create(by, { id: 'gone', name: 'Gone', mode: 'pool', adminEmail: 'a@gone.example' });
  const { state } = await deletions.schedule(by, 'gone', { confirm: 'gone', reason: 'x', delay: 0, immediately: true });
  await deletions.begin('gone');
  await deletions.save('gone', { ...state, step: 'finishing' });
  const certificate = await deletions.finish('gone');
  const revoked = await instance.token('tenant-b');
  await control.login.logout((await control.resolveSession(revoked))!, { remote: '' });
  const { json: document } = await instance.call('/api/v1/openapi.json');
  const missingId = '00000000000000000000';
  return {
    document,
    world: {
      baseUrl: instance.url,
      canaries: [
        A_CANARY,
        NOTICE_CANARY,
        'canary-9f3a-tenant-name',
        'canary-9f3a@a.example',
        'canary-9f3a@invited.example',
        'canary-9f3a-key-name',
        'canary-9f3a-role',
        'canary-9f3a-account',
        'canary-9f3a-token',
        'canary-9f3a-agent',
        'canary-9f3a-issuer-name',
        'https://canary-9f3a.example.com',
      ],
      tenant: { existing: 'tenant-a', missing: 'tenant-q' },
      attackerTenant: 'tenant-b',
      identifiers: {
        'POST /api/v1/jwt-issuers issuer': {
          existing: 'https://canary-9f3a.example.com',
          missing: 'https://canary-9f3b.example.com',
        },
        documentId: { existing: 'doc0000000000000a', missing: 'doc0000000000000c' },
        'DELETE /api/v1/keys/{id} id': { existing: victimKey.key.id, missing: `k_${missingId}` },
        'POST /api/v1/keys/{id}/rotate id': { existing: victimKey.key.id, missing: `k_${missingId}` },
        'PUT /api/v1/jwt-issuers/{id} id': { existing: issuer.id, missing: `ji_${missingId}` },
        'DELETE /api/v1/jwt-issuers/{id} id': { existing: issuer.id, missing: `ji_${missingId}` },
        'GET /api/v1/tenants/{id} id': { existing: 'tenant-a', missing: 'tenant-q' },
        ...Object.fromEntries(
          [
            'DELETE /api/v1/users/{id}',
            'PATCH /api/v1/users/{id}',
            'PUT /api/v1/users/{id}/password',
            'PUT /api/v1/users/{id}/owner',
            'DELETE /api/v1/users/{id}/owner',
            'POST /api/v1/users/{id}/reset-link',
            'DELETE /api/v1/users/{id}/sessions',
            'DELETE /api/v1/users/{id}/second-factor',
          ].map((one) => [`${one} id`, { existing: victim.user.id, missing: `u_${missingId}` }]),
        ),
        ...Object.fromEntries(
          [
            'PATCH /api/v1/operators/{id}',
            'DELETE /api/v1/operators/{id}',
            'PUT /api/v1/operators/{id}/password',
            'POST /api/v1/operators/{id}/reset-link',
            'DELETE /api/v1/operators/{id}/second-factor',
          ].map((one) => [`${one} id`, { existing: operator!.id, missing: `u_${missingId}` }]),
        ),
        'DELETE /api/v1/invitations/{id} id': { existing: invitation.row.id, missing: `l_${missingId}` },
        'DELETE /api/v1/me/sessions/{id} id': { existing: victimSessionId, missing: 'A'.repeat(22) },
        'PUT /api/v1/roles/{id} id': { existing: role.id, missing: `r_${missingId}` },
        'DELETE /api/v1/roles/{id} id': { existing: role.id, missing: `r_${missingId}` },
        'DELETE /api/v1/tokens/{id} id': { existing: victimToken.token.id, missing: `t_${missingId}` },
        'DELETE /api/v1/instance/tokens/{id} id': { existing: victimToken.token.id, missing: `t_${missingId}` },
        'DELETE /api/v1/service-accounts/{id} id': { existing: account.id, missing: `sa_${missingId}` },
        'DELETE /api/v1/operator-access/{id} id': { existing: access.id, missing: `oa_${missingId}` },
        tenant: { existing: 'tenant-a', missing: 'tenant-q' },
        'PATCH /api/v1/tenants/{id} id': { existing: 'tenant-a', missing: 'tenant-q' },
        'PATCH /api/v1/plans/{id} id': { existing: 'standard', missing: 'none' },
        'DELETE /api/v1/plans/{id} id': { existing: 'standard', missing: 'none' },
        'DELETE /api/v1/tenants/{id} id': { existing: 'tenant-a', missing: 'tenant-q' },
        'POST /api/v1/tenants/{id}/undelete id': { existing: 'tenant-a', missing: 'tenant-q' },
        'GET /api/v1/certificates/{id} id': { existing: certificate.id, missing: `cert_${missingId}` },
      },
      everywhere: [
        { existing: 'doc0000000000000a', missing: 'doc0000000000000c' },
        { existing: victimKey.key.id, missing: `k_${missingId}` },
        { existing: victim.user.id, missing: `u_${missingId}` },
        { existing: issuer.id, missing: `ji_${missingId}` },
        { existing: account.id, missing: `sa_${missingId}` },
        { existing: role.id, missing: `r_${missingId}` },
        { existing: 'admin@tenant-a.hanok.local', missing: 'admin@tenant-q.hanok.local' },
        { existing: instance.key('tenant-a'), missing: `hk_${'A'.repeat(43)}` },
      ],
      // Refused before one is made: a tenant has twenty at most, and of two attempts the later one could be one too many.
      samples: {
        ...SIGN_IN_SAMPLES,
        role: 'viewer',
        'POST /api/v1/jwt-issuers source': 'static',
      },
      signIn: async (who) => {
        if (who === 'attacker-token') return token.secret;
        if (who === 'operator') return instance.token('operator');
        if (who !== 'attacker-viewer') return instance.token(who === 'victim-owner' ? 'tenant-a' : 'tenant-b');
        return (await control.login.login('viewer@b.example', viewer.password!, { remote: '192.0.2.3' })).token;
      },
      revoked,
      streamMs: 20,
      keys: { attacker: instance.key('tenant-b'), victim: instance.key('tenant-a') },
      exempt: [
        {
          operation: 'POST /api/v1/login',
          name: / in (?:email|password)$|^with x-/,
          reason: 'guessing is throttled: the one of two guesses that comes later may be told to wait',
          sometimes: true,
        },
        {
          operation: 'POST /api/v1/users',
          name: /^admin@tenant-a\.hanok\.local in email$/,
          reason: 'addresses are unique in the whole instance; the refusal does not say where one is taken',
        },
        {
          operation: 'POST /api/v1/invitations',
          name: /^admin@tenant-a\.hanok\.local in email$/,
          reason: 'the attacker made the other address a member of its own tenant before',
          sometimes: true,
        },
        ...GUESSING_EXEMPT,
      ],
    },
  };
}

const KINDS = /^([^,]+), .*?(LEAK|HINT|CONTROL|TIMING|status \d+)/;
const kindsOf = (problems: readonly string[]) =>
  [...new Set(problems.map((text) => KINDS.exec(text)?.slice(1, 3).join(': ') ?? text))].sort();

/** Thousands of requests: ten seconds alone, more on a crowded machine. */
const SIEGE_MS = 180_000;

describe('the routes of control and edge', () => {
  it('give nothing of one tenant to another, and no hint either', { timeout: SIEGE_MS }, async () => {
    const { document, world } = await openWorld(sound);
    const before = await instance.control.audit.page({ tenant: 'tenant-a', before: undefined, limit: 1_000 });
    const outcome = await attackAll(document, world);
    expect(outcome.problems).toEqual([]);
    expect(outcome.operations).toBe(instance.edge.routes.length);
    expect(outcome.attacks).toBeGreaterThan(1_000);

    // What the victim had is as it was.
    expect(instance.control.snapshot().keyFor(instance.key('tenant-a'))).toBeDefined();
    const a = instance.control.snapshot().tenant('tenant-a')!.id;
    expect((await instance.control.users.list(a)).map((user) => user.email)).toContain('canary-9f3a@a.example');
    expect((await instance.control.keys.list(a)).filter((key) => key.revoked_at !== null)).toEqual([]);
    const after = await instance.control.audit.page({ tenant: 'tenant-a', before: undefined, limit: 1_000 });
    const news = after.slice(0, after.length - before.length);
    expect(news.filter((row) => row.action !== 'login')).toEqual([]);
    expect(instance.errors).toEqual([]);
    for (const chain of [undefined, 'tenant-a', 'tenant-b'])
      expect(await instance.control.audit.verify(chain)).toMatchObject({ ok: true });
  });
});

describe('the suite itself', () => {
  const leaky = (over: Partial<Route>): Route[] => [{ ...sound[0]!, ...over }, sound[1]!];
  /** Attacks the routes under test alone. */
  const attack = async (routes: readonly Route[], change: (world: World) => World = (world) => world) => {
    const { world } = await openWorld(routes);
    const document = openApi(routes, { title: 'x', version: '0' });
    const outcome = await attackAll(document, change({ ...world, canaries: [A_CANARY], exempt: [] }));
    return kindsOf(outcome.problems);
  };

  it('is content with sound routes', async () => {
    expect(await attack(sound)).toEqual([]);
  });

  it('sees a route that forgets the tenant', async () => {
    const found = await attack(
      leaky({
        handle: async ({ input }: TenantContext) => {
          const { documentId } = z.object({ documentId: z.string() }).parse(input);
          const one = DOCUMENTS[documentId];
          if (!one) throw fail('demo.not-found', 'there is no such document');
          return { id: documentId, text: one.text };
        },
      }),
    );
    expect(found).toEqual(
      expect.arrayContaining(['GET /api/v1/documents/{documentId}: LEAK', 'GET /api/v1/documents/{documentId}: HINT']),
    );
  });

  it('sees a route that says whether something exists', async () => {
    const forbidden = failer(errorCatalogue({ 'demo.forbidden': { kind: 'caller', status: 403, retry: false } }));
    const found = await attack(
      leaky({
        handle: async ({ input, caller }: TenantContext) => {
          const { documentId } = z.object({ documentId: z.string() }).parse(input);
          const one = DOCUMENTS[documentId];
          if (!one) throw fail('demo.not-found', 'there is no such document');
          if (one.tenant !== caller.tenant) throw forbidden('demo.forbidden', 'this is not yours');
          return { id: documentId, text: one.text };
        },
      }),
    );
    expect(found).toEqual(['GET /api/v1/documents/{documentId}: HINT']);
  });

  it('sees a route that says in a header, or among its figures, whether something exists', async () => {
    const shape = z.object({ id: z.string(), text: z.string(), stats: z.object({ rowsRead: z.number() }) });
    const found = await attack([
      sound[0]!,
      {
        ...sound[1]!,
        endpoint: endpoint({
          ...sound[1]!.endpoint,
          output: z.object({ rows: z.array(shape), stats: z.object({ rowsRead: z.number() }) }),
        }),
        async handle({ input }: TenantContext) {
          const { query } = z.object({ query: z.string() }).parse(input);
          const read = Object.keys(DOCUMENTS).filter((id) => id === query || DOCUMENTS[id]?.text === query).length;
          return { rows: [], stats: { rowsRead: read } };
        },
      },
    ]);
    expect(found).toEqual(['POST /api/v1/documents/search: HINT']);
    const inHeader = await attack([
      sound[0]!,
      {
        ...sound[1]!,
        async handle(context: TenantContext) {
          const { query } = z.object({ query: z.string() }).parse(context.input);
          context.setHeader('x-scanned', String(Object.hasOwn(DOCUMENTS, query)));
          return { rows: [] };
        },
      },
    ]);
    expect(inHeader).toEqual(['POST /api/v1/documents/search: HINT']);
  });

  it.each([
    [0, []],
    [2, ['GET /api/v1/documents/{documentId}: TIMING']],
  ])('hears a route that takes %i ms longer for what exists elsewhere', { timeout: SIEGE_MS }, async (ms, heard) => {
    const routes = leaky({
      async handle({ input }: TenantContext) {
        const { documentId } = z.object({ documentId: z.string() }).parse(input);
        if (Object.hasOwn(DOCUMENTS, documentId)) await sleep(ms);
        else await sleep(0);
        throw fail('demo.not-found', 'there is no such document');
      },
    });
    const { world } = await openWorld(routes);
    const { problems, compared } = await timeAll(openApi(routes, { title: 'x', version: '0' }), world, 100);
    expect(compared).toBeGreaterThan(0);
    expect(kindsOf(problems)).toEqual(heard);
  });

  it('sees a hint in a filter deep in a body', async () => {
    const [, search] = sound;
    const found = await attack([
      sound[0]!,
      {
        ...search!,
        async handle(context: TenantContext) {
          const { filter } = z
            .object({ filter: z.object({ owner: z.string().optional() }).optional() })
            .parse(context.input);
          if (filter?.owner === 'tenant-a') throw fail('demo.not-found', 'not for you');
          return search!.handle(context as never);
        },
      },
    ]);
    expect(found).toEqual(['POST /api/v1/documents/search: HINT']);
  });

  it('sees a route that was left open', async () => {
    const [one, search] = sound;
    const found = await attack([
      one!,
      {
        ...search!,
        endpoint: endpoint({ ...search!.endpoint, permission: 'public' }),
        handle: async () => ({ rows: [{ id: 'x', text: A_CANARY }] }),
      },
    ]);
    expect(found).toContain('POST /api/v1/documents/search: LEAK');
  });

  it('sees a route that falls over', async () => {
    const found = await attack(
      leaky({
        handle: async () => {
          throw new Error('boom');
        },
      }),
    );
    expect(found).toContain('GET /api/v1/documents/{documentId}: status 500');
  });

  it('fails when a route cannot be attacked', async () => {
    const strange = routeOf(
      'POST /api/v1/strange/:thing',
      endpoint({
        permission: 'logs.read',
        summary: 'Strange',
        input: z.object({ thing: z.string(), code: z.string().regex(/^[A-Z]{2}-\d{7}-[A-Z]$/) }),
        output: z.object({}),
      }),
      async () => ({}),
    );
    expect(await attack([...sound, strange])).toEqual([
      'cannot be attacked: POST /api/v1/strange/{thing}: no identifier for the path parameter thing',
      'cannot be attacked: POST /api/v1/strange/{thing}: no value for the required input code',
    ]);
  });

  it('fails when its identifiers or canaries are not real', async () => {
    const found = await attack(sound, (world) => ({
      ...world,
      canaries: [...world.canaries, 'canary-nowhere'],
      identifiers: { ...world.identifiers, documentId: { existing: 'doc-gone', missing: 'doc-never' } },
    }));
    expect(found).toEqual(
      expect.arrayContaining([
        'GET /api/v1/documents/{documentId}: CONTROL',
        'CONTROL: no reading route shows its owner canary-nowhere; the suite could not see it leak',
      ]),
    );
  });

  it('fails when an exemption is not needed', async () => {
    const found = await attack(sound, (world) => ({
      ...world,
      exempt: [{ operation: 'POST /api/v1/documents/search', name: /./, reason: 'none' }],
    }));
    expect(found).toEqual(['the exemption of POST /api/v1/documents/search is not needed any more']);
  });

  it('fails on a route that does not say who may call it', () => {
    const document = openApi(sound, { title: 'x', version: '0' });
    const bare = structuredClone(document) as unknown as {
      paths: Record<string, Record<string, Record<string, unknown>>>;
    };
    delete bare.paths['/api/v1/documents/search']!['post']!['x-hanok-permission'];
    return expect(attackAll(bare, {} as World)).rejects.toThrow(/does not say who may call it/);
  });
});
