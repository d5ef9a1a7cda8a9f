import type { MeResponse, Permission } from '@hanok/contract';
import { type ComponentType, type LazyExoticComponent, lazy } from 'react';
import { lacking } from '../../api/may.ts';
import type { FeatureWithMessages } from '../../i18n/catalogue.features.ts';
import { loadMessages, type MessageId } from '../../i18n/index.ts';
import type { IconName } from '../../kit/icon.tsx';
import type { SettingsSearch } from './search.ts';

export interface SectionProps {
  readonly tenant: string;
  readonly me: MeResponse;
  readonly search: SettingsSearch;
  readonly onSearch: (change: Partial<SettingsSearch>) => void;
}

/** Headings of the navigation, in their order. */
export const SETTINGS_GROUPS = ['data', 'people', 'security', 'installation'] as const;

export interface SettingsSection {
  /** The last part of its address. */
  readonly id: string;
  readonly group: (typeof SETTINGS_GROUPS)[number];
  readonly icon: IconName;
  readonly label: MessageId;
  /** Whoever lacks one of these is not shown the section, and at its address is told why. */
  readonly permissions: readonly Permission[];
  readonly component: LazyExoticComponent<ComponentType<SectionProps>>;
}

/** The operators' own tenant, where the installation is run from. */
const OPERATOR_TENANT = 'hanok';

/** A section whose code, and words if it has its own, are loaded when it is opened. */
function section<Name extends string>(
  load: () => Promise<Readonly<Record<Name, ComponentType<SectionProps>>>>,
  name: Name,
  words?: FeatureWithMessages,
): SettingsSection['component'] {
  return lazy(async () => {
    const [module] = await Promise.all([load(), words === undefined ? undefined : loadMessages(words)]);
    return { default: module[name] };
  });
}

/** Every section of the settings, in the order of the navigation. A new one is one entry here. */
export const SETTINGS_SECTIONS: readonly SettingsSection[] = [
  {
    id: 'keys',
    group: 'data',
    icon: 'key',
    label: 'settings.keys',
    permissions: ['keys.read'],
    component: section(() => import('./keys-section.tsx'), 'KeysSection'),
  },
  {
    id: 'issuers',
    group: 'data',
    icon: 'link',
    label: 'settings.issuers',
    permissions: ['jwt-issuers.read'],
    component: section(() => import('./issuers-section.tsx'), 'IssuersSection'),
  },
  {
    id: 'limits',
    group: 'data',
    icon: 'gauge',
    label: 'settings.limits',
    permissions: ['usage.read'],
    component: section(() => import('./limits-section.tsx'), 'LimitsSection'),
  },
  {
    id: 'storage',
    group: 'data',
    icon: 'disk',
    label: 'settings.storage',
    permissions: ['storage.read'],
    component: section(() => import('./storage-section.tsx'), 'StorageSection'),
  },
  {
    id: 'people',
    group: 'people',
    icon: 'user',
    label: 'settings.people',
    // Everybody changes their own password there.
    permissions: [],
    component: section(() => import('./people-section.tsx'), 'PeopleSection'),
  },
  {
    id: 'roles',
    group: 'people',
    icon: 'columns',
    label: 'settings.roles',
    permissions: ['roles.read'],
    component: section(() => import('./access/roles-section.tsx'), 'RolesSection', 'access'),
  },
  {
    id: 'tokens',
    group: 'people',
    icon: 'keyboard',
    label: 'settings.tokens',
    permissions: ['tokens.read'],
    component: section(() => import('./access/tokens-section.tsx'), 'TokensSection', 'access'),
  },
  {
    id: 'posture',
    group: 'security',
    icon: 'warning',
    label: 'settings.posture',
    permissions: ['people.read', 'tokens.read', 'keys.read', 'operator-access.read'],
    component: section(() => import('./access/posture-section.tsx'), 'PostureSection', 'access'),
  },
  {
    id: 'access',
    group: 'security',
    icon: 'external',
    label: 'settings.access',
    permissions: ['operator-access.read'],
    component: section(() => import('./access/access-section.tsx'), 'AccessSection', 'access'),
  },
  {
    id: 'audit',
    group: 'security',
    icon: 'history',
    label: 'settings.audit',
    permissions: ['audit.read'],
    component: section(() => import('./audit-section.tsx'), 'AuditSection'),
  },
  {
    id: 'operators',
    group: 'installation',
    icon: 'user',
    label: 'settings.operators',
    permissions: ['operators.read'],
    component: section(() => import('./access/operators-section.tsx'), 'OperatorsSection', 'access'),
  },
  {
    id: 'instance-tokens',
    group: 'installation',
    icon: 'keyboard',
    label: 'settings.instance-tokens',
    permissions: ['instance-tokens.read'],
    component: section(() => import('./access/tokens-section.tsx'), 'InstanceTokensSection', 'access'),
  },
];

/** Sections about the installation stand in its own tenant alone, where they cannot be taken for those of a company. */
export function belongsTo({ group }: SettingsSection, tenant: string): boolean {
  return group !== 'installation' || tenant === OPERATOR_TENANT;
}

/** What the navigation shows: what is of this tenant and the reader may see. */
export function sectionsFor(me: MeResponse | undefined, tenant: string): readonly SettingsSection[] {
  return SETTINGS_SECTIONS.filter((one) => belongsTo(one, tenant) && lacking(me, one.permissions).length === 0);
}
