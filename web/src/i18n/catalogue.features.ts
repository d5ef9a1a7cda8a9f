import type { messages as home } from '../features/home/messages.en.ts';
import type { messages as login } from '../features/login/messages.en.ts';
import type { messages as logs } from '../features/logs/messages.en.ts';
import type { messages as metrics } from '../features/metrics/messages.en.ts';
import type { messages as service } from '../features/service/messages.en.ts';
import type { messages as services } from '../features/services/messages.en.ts';
import type { messages as access } from '../features/settings/access/messages.en.ts';
import type { messages as settings } from '../features/settings/messages.en.ts';
import type { messages as tenants } from '../features/tenants/messages.en.ts';
import type { messages as trace } from '../features/trace/messages.en.ts';
import type { messages as ingest } from '../kit/ingest/messages.en.ts';

type Messages = Readonly<Record<string, string>>;
interface Loaders {
  readonly en: () => Promise<{ readonly messages: Messages }>;
  readonly ko: () => Promise<{ readonly messages: Messages }>;
}

/** Features whose words are loaded with their screens, and what is told of ingest, so that the first load of another one does not carry them. */
export const FEATURE_MESSAGES = {
  access: {
    en: () => import('../features/settings/access/messages.en.ts'),
    ko: () => import('../features/settings/access/messages.ko.ts'),
  },
  home: {
    en: () => import('../features/home/messages.en.ts'),
    ko: () => import('../features/home/messages.ko.ts'),
  },
  ingest: {
    en: () => import('../kit/ingest/messages.en.ts'),
    ko: () => import('../kit/ingest/messages.ko.ts'),
  },
  login: {
    en: () => import('../features/login/messages.en.ts'),
    ko: () => import('../features/login/messages.ko.ts'),
  },
  logs: {
    en: () => import('../features/logs/messages.en.ts'),
    ko: () => import('../features/logs/messages.ko.ts'),
  },
  metrics: {
    en: () => import('../features/metrics/messages.en.ts'),
    ko: () => import('../features/metrics/messages.ko.ts'),
  },
  service: {
    en: () => import('../features/service/messages.en.ts'),
    ko: () => import('../features/service/messages.ko.ts'),
  },
  services: {
    en: () => import('../features/services/messages.en.ts'),
    ko: () => import('../features/services/messages.ko.ts'),
  },
  settings: {
    en: () => import('../features/settings/messages.en.ts'),
    ko: () => import('../features/settings/messages.ko.ts'),
  },
  tenants: {
    en: () => import('../features/tenants/messages.en.ts'),
    ko: () => import('../features/tenants/messages.ko.ts'),
  },
  trace: {
    en: () => import('../features/trace/messages.en.ts'),
    ko: () => import('../features/trace/messages.ko.ts'),
  },
} as const satisfies Record<string, Loaders>;

export type FeatureWithMessages = keyof typeof FEATURE_MESSAGES;
export type FeatureMessageId =
  | keyof typeof access
  | keyof typeof home
  | keyof typeof ingest
  | keyof typeof login
  | keyof typeof logs
  | keyof typeof metrics
  | keyof typeof service
  | keyof typeof services
  | keyof typeof settings
  | keyof typeof tenants
  | keyof typeof trace;
