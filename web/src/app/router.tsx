import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  notFound,
  redirect,
  retainSearchParams,
} from '@tanstack/react-router';
import { ApiError } from '../api/client.ts';
import { meQuery } from '../api/queries.ts';
import { enterTenant } from '../api/tenant.ts';
import { readLogsSearch } from '../features/logs/search.ts';
import { readMetricsSearch } from '../features/metrics/search.ts';
import { readServiceSearch } from '../features/service/search.ts';
import { readServicesSearch } from '../features/services/search.ts';
import { readSettingsSearch } from '../features/settings/search.ts';
import { readTenantsSearch } from '../features/tenants/search.ts';
import { readTraceSearch } from '../features/trace/search.ts';
import { readTracesSearch } from '../features/traces/search.ts';
import { parseSearch, safePath, stringifySearch } from '../format/search-codec.ts';
import type { FeatureWithMessages } from '../i18n/catalogue.features.ts';
import { loadMessages } from '../i18n/index.ts';
import { usePreferences } from '../preferences/preferences.ts';
import { DEFAULT_RANGE, resolveRange } from '../time/range.ts';
import { readTimeSearch } from '../time/use-time.ts';
import { CrashScreen, MissingPage, MissingScreen, Splash } from './fallbacks.tsx';
import { openSections, sectionTarget } from './sections.ts';
import { Shell } from './shell.tsx';

export interface RouterContext {
  readonly queryClient: QueryClient;
}

const rootRoute = createRootRouteWithContext<RouterContext>()({ notFoundComponent: MissingScreen });

const loginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/login',
  validateSearch: (raw: Record<string, unknown>): { next?: string; ended?: '1' } => {
    const next = safePath(raw['next']);
    return { ...(next ? { next } : {}), ...(next && raw['ended'] === '1' ? { ended: '1' as const } : {}) };
  },
  component: lazyRouteComponent(
    withMessages(['login'], () => import('../features/login/login-screen.tsx')),
    'LoginScreen',
  ),
});

/** The bare address leads to the first tenant of the person, or to the sign-in. */
const indexRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  beforeLoad: async ({ context }) => {
    const me = await signedIn(() => context.queryClient.ensureQueryData(meQuery()), '/');
    const { lastTenant } = usePreferences.getState();
    const tenant = me.tenants.find((candidate) => candidate.id === lastTenant) ?? me.tenant ?? me.tenants[0];
    if (!tenant) throw notFound();
    throw redirect({ to: '/t/$tenant', params: { tenant: tenant.id }, replace: true });
  },
});

const tenantRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/t/$tenant',
  validateSearch: readTimeSearch,
  search: { middlewares: [retainSearchParams(['from', 'to', 'refresh'])] },
  beforeLoad: async ({ context, params, search, location, preload }) => {
    // Hovering over a link to another instance must not leave this one.
    if (preload) return;
    enterTenant(params.tenant, context.queryClient);
    await signedIn(() => context.queryClient.ensureQueryData(meQuery(params.tenant)), location.href);
    const { lastTenant, lastRange, set } = usePreferences.getState();
    // Every address says its range, so that one copied by hand shows others the same.
    if (search.from === undefined) {
      const { from, to } = resolveRange(lastRange, Date.now()) ? lastRange : DEFAULT_RANGE;
      throw redirect({ to: '.', search: (before) => ({ ...before, from, to }), hash: true, replace: true });
    }
    if (lastTenant !== params.tenant) set({ lastTenant: params.tenant });
  },
  component: Shell,
  notFoundComponent: MissingScreen,
});

const tenantIndexRoute = createRoute({
  getParentRoute: () => tenantRoute,
  path: '/',
  beforeLoad: ({ context, params }) => {
    const me = context.queryClient.getQueryData(meQuery(params.tenant).queryKey);
    throw redirect({ ...sectionTarget(openSections(me)[0]?.id ?? 'settings', params.tenant, me), replace: true });
  },
});

const homeRoute = createRoute({
  getParentRoute: () => tenantRoute,
  path: '/home',
  component: lazyRouteComponent(
    withMessages(['home', 'services', 'ingest'], () => import('../features/home/home-screen.tsx')),
    'HomeScreen',
  ),
});

const servicesRoute = createRoute({
  getParentRoute: () => tenantRoute,
  path: '/services',
  validateSearch: readServicesSearch,
  component: lazyRouteComponent(
    withMessages(['services'], () => import('../features/services/services-screen.tsx')),
    'ServicesScreen',
  ),
});

const serviceRoute = createRoute({
  getParentRoute: () => tenantRoute,
  path: '/services/$service',
  validateSearch: readServiceSearch,
  component: lazyRouteComponent(
    withMessages(['service', 'services'], () => import('../features/service/service-screen.tsx')),
    'ServiceScreen',
  ),
});

const tracesRoute = createRoute({
  getParentRoute: () => tenantRoute,
  path: '/traces',
  validateSearch: readTracesSearch,
  component: lazyRouteComponent(() => import('../features/traces/traces-screen.tsx'), 'TracesScreen'),
});

const traceRoute = createRoute({
  getParentRoute: () => tenantRoute,
  path: '/traces/$traceId',
  validateSearch: readTraceSearch,
  component: lazyRouteComponent(
    withMessages(['trace'], () => import('../features/trace/trace-screen.tsx')),
    'TraceScreen',
  ),
});

const logsRoute = createRoute({
  getParentRoute: () => tenantRoute,
  path: '/logs',
  validateSearch: readLogsSearch,
  component: lazyRouteComponent(
    withMessages(['logs'], () => import('../features/logs/logs-screen.tsx')),
    'LogsScreen',
  ),
});

const metricsRoute = createRoute({
  getParentRoute: () => tenantRoute,
  path: '/metrics',
  validateSearch: readMetricsSearch,
  component: lazyRouteComponent(
    withMessages(['metrics'], () => import('../features/metrics/metrics-screen.tsx')),
    'MetricsScreen',
  ),
});

const settingsRoute = createRoute({
  getParentRoute: () => tenantRoute,
  path: '/settings/$section',
  validateSearch: readSettingsSearch,
  component: lazyRouteComponent(
    withMessages(['settings'], () => import('../features/settings/settings-screen.tsx')),
    'SettingsScreen',
  ),
});

const settingsIndexRoute = createRoute({
  getParentRoute: () => tenantRoute,
  path: '/settings',
  beforeLoad: ({ context, params }) => {
    const me = context.queryClient.getQueryData(meQuery(params.tenant).queryKey);
    throw redirect({ ...sectionTarget('settings', params.tenant, me), replace: true });
  },
});

/** Screens about the installation itself; for whoever is no operator they are not there. */
const operatorRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/operator',
  beforeLoad: async ({ context, location, preload }) => {
    if (preload) return;
    const me = await signedIn(() => context.queryClient.ensureQueryData(meQuery()), location.href);
    if (me.operatorRole === null) throw notFound();
  },
  component: lazyRouteComponent(() => import('./operator-shell.tsx'), 'OperatorShell'),
  notFoundComponent: MissingScreen,
});

const operatorIndexRoute = createRoute({
  getParentRoute: () => operatorRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/operator/tenants', replace: true });
  },
});

const tenantsRoute = createRoute({
  getParentRoute: () => operatorRoute,
  path: '/tenants',
  validateSearch: readTenantsSearch,
  component: lazyRouteComponent(
    withMessages(['tenants'], () => import('../features/tenants/tenants-screen.tsx')),
    'TenantsScreen',
  ),
});

/** Without it an unknown address would lead to the tenant's first screen, as if that had been asked for. */
const unknownRoute = createRoute({
  getParentRoute: () => tenantRoute,
  path: '$',
  component: MissingPage,
});

const routeTree = rootRoute.addChildren([
  indexRoute,
  loginRoute,
  operatorRoute.addChildren([operatorIndexRoute, tenantsRoute]),
  tenantRoute.addChildren([
    tenantIndexRoute,
    homeRoute,
    servicesRoute,
    serviceRoute,
    tracesRoute,
    traceRoute,
    logsRoute,
    metricsRoute,
    settingsRoute,
    settingsIndexRoute,
    unknownRoute,
  ]),
]);

/** A screen whose words come with it. */
function withMessages<T>(features: readonly FeatureWithMessages[], screen: () => Promise<T>): () => Promise<T> {
  return async () => {
    const [module] = await Promise.all([screen(), ...features.map(loadMessages)]);
    return module;
  };
}

/** Runs a call that needs a session; 401 leads to the login page, which leads back; an unknown tenant is just not there. */
async function signedIn<T>(call: () => Promise<T>, back: string): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ApiError && error.status === 401)
      throw redirect({ to: '/login', search: back === '/' ? {} : { next: back } });
    if (error instanceof ApiError && (error.status === 403 || error.status === 404)) throw notFound();
    throw error;
  }
}

export function createAppRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    parseSearch,
    stringifySearch,
    defaultPreload: 'intent',
    defaultPreloadDelay: 60,
    scrollRestoration: true,
    defaultPendingMs: 400,
    defaultPendingComponent: Splash,
    defaultErrorComponent: CrashScreen,
    defaultNotFoundComponent: MissingScreen,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
