import { parseArgs } from 'node:util';
import {
  certificatesResponse,
  type TenantView,
  tenantCreateResponse,
  tenantRow,
  tenantsResponse,
  tenantView,
} from '@hanok/contract';
import { fail } from './errors.ts';
import type { OperatorApi } from './operator-api.ts';

export const TENANT_USAGE = `usage: hanok tenant list [--query TEXT] [--status active|suspended|deleting] [--order id|name|created|noisiest]
       hanok tenant show ID
       hanok tenant create ID --name NAME --mode pool|silo --admin EMAIL
       hanok tenant rename ID NAME
       hanok tenant suspend ID [--reason TEXT]
       hanok tenant resume ID [--reason TEXT]
       hanok tenant delete ID --confirm ID --reason TEXT [--delay-hours N] [--immediately]
       hanok tenant undelete ID [--reason TEXT]

  Speaks to a running instance: HANOK_URL, or as HANOK_BIND and HANOK_HTTP_PORT say. As whom: HANOK_TOKEN, or
  HANOK_OPERATOR_EMAIL and HANOK_OPERATOR_PASSWORD, or the operator in bootstrap.json of HANOK_DATA_DIR.
  --json prints the answer as it came.
`;

const OPTIONS = {
  query: { type: 'string' },
  status: { type: 'string' },
  order: { type: 'string' },
  name: { type: 'string' },
  mode: { type: 'string' },
  admin: { type: 'string' },
  reason: { type: 'string' },
  confirm: { type: 'string' },
  'delay-hours': { type: 'string' },
  immediately: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

/** Most that one page of the list brings. */
const PAGE = 1_000;
const usage = (what: string) => fail('main.usage', what, { fix: 'hanok tenant --help lists the commands.' });

/** `hanok tenant …`; returns what to print. */
export async function tenantCommand(args: readonly string[], api: OperatorApi): Promise<string> {
  let parsed: ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>>;
  try {
    parsed = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw usage((error as Error).message);
  }
  const { values, positionals } = parsed;
  const [verb, id, ...more] = positionals;
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  const said = <T>(value: T, words: (value: T) => string) => (values.json ? json(value) : words(value));
  if (verb === 'list' && id === undefined) {
    const tenants: TenantView[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const search = new URLSearchParams({ limit: String(PAGE), ...(cursor ? { cursor } : {}) });
      for (const name of ['query', 'status', 'order'] as const) if (values[name]) search.set(name, values[name]);
      const page = await api.ask(tenantsResponse, 'GET', `/api/v1/tenants?${search}`);
      tenants.push(...page.tenants);
      cursor = page.next;
    }
    return said(tenants, listed);
  }
  if (id === undefined) throw usage(verb === undefined ? 'no command was given' : 'no tenant is named');
  const path = `/api/v1/tenants/${encodeURIComponent(id)}`;
  const reason = values.reason === undefined ? {} : { reason: values.reason };
  if (verb === 'rename' && more.length === 1)
    return said(await api.ask(tenantRow, 'PATCH', path, { name: more[0] }), ({ name }) => `${id} is called ${name}.\n`);
  if (more.length > 0) throw usage(`${more.join(' ')} is not expected here`);
  switch (verb) {
    case 'show':
      return said(await api.ask(tenantView, 'GET', path), shown);
    case 'create': {
      const { name, mode, admin } = values;
      if (!name || !mode || !admin) throw usage('create needs --name, --mode and --admin');
      const made = await api.ask(tenantCreateResponse, 'POST', '/api/v1/tenants', {
        id,
        name,
        mode,
        adminEmail: admin,
      });
      return said(made, ({ admin, ingestKey }) =>
        [
          `${id} is ready. Password and key are shown here once and never again.`,
          `  administrator  ${admin.email}`,
          `  password       ${admin.password}`,
          `  or by link     ${admin.link.url}`,
          `  ingest key     ${ingestKey}`,
          '',
        ].join('\n'),
      );
    }
    case 'suspend':
    case 'resume': {
      const status = verb === 'suspend' ? 'suspended' : 'active';
      return said(await api.ask(tenantRow, 'PATCH', path, { status, ...reason }), () => `${id} is ${status}.\n`);
    }
    case 'delete': {
      if (values.confirm === undefined) throw usage('delete asks for the id once more: --confirm ID');
      if (values.reason === undefined) throw usage('delete needs a --reason, which is on the certificate');
      const hours = values['delay-hours'];
      const view = await api.ask(tenantView, 'DELETE', path, {
        confirm: values.confirm,
        ...reason,
        ...(hours === undefined ? {} : { delayHours: hours }),
        ...(values.immediately ? { immediately: true } : {}),
      });
      return said(view, shown);
    }
    case 'undelete':
      return said(
        await api.ask(tenantView, 'POST', `${path}/undelete`, reason),
        ({ status }) => `${id} is ${status}.\n`,
      );
    default:
      throw usage(`${verb} is no command of tenant`);
  }
}

/** `hanok certificate list`. */
export async function listCertificates(api: OperatorApi): Promise<string> {
  const rows: string[][] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const search = new URLSearchParams({ limit: String(PAGE), ...(cursor ? { cursor } : {}) });
    const page = await api.ask(certificatesResponse, 'GET', `/api/v1/certificates?${search}`);
    for (const one of page.certificates)
      rows.push([one.id, one.tenant, one.name, time(one.issuedAt), one.rows.toLocaleString('en')]);
    cursor = page.next;
  }
  return table(['certificate', 'tenant', 'name', 'issued', 'rows removed'], rows);
}

const time = (instant: string): string => new Date(Number(BigInt(instant) / 1_000_000n)).toISOString();

const rate = ({ live }: TenantView): string => `${live.ingest.recordsPerSecond.toFixed(1)}/s`;

function listed(tenants: readonly TenantView[]): string {
  return table(
    ['id', 'name', 'mode', 'status', 'created', 'records', 'refused', 'engine'],
    tenants.map((one) => [
      one.id,
      one.name,
      one.mode,
      one.status,
      time(one.createdAt),
      rate(one),
      String(one.live.ingest.refused),
      one.live.engine,
    ]),
  );
}

function shown(view: TenantView): string {
  const { deletion, suspension, retentionDays: days } = view;
  const lines: [string, string][] = [
    ['id', view.id],
    ['name', view.name],
    ['mode', `${view.mode}, store ${view.store}, engine ${view.live.engine}`],
    ['status', view.status],
    ['created', time(view.createdAt)],
    ['keeps', `logs ${days.logs} days, traces ${days.traces}, metrics ${days.metrics}`],
    ['ingest', `${rate(view)}, ${view.live.ingest.refused} refused in the last minute`],
  ];
  if (suspension) lines.push(['suspended', `${time(suspension.at)} by ${suspension.by}: ${suspension.reason}`]);
  if (deletion) {
    lines.push(['deletion', `${deletion.state}, asked by ${deletion.requestedBy}: ${deletion.reason}`]);
    lines.push(['due', time(deletion.dueAt)]);
    if (deletion.state === 'removing') lines.push(['step', deletion.progress.step]);
    for (const { table, rows, removed } of deletion.progress.tables)
      lines.push([`  ${table}`, `${removed.toLocaleString('en')} of ${rows.toLocaleString('en')} rows removed`]);
    if (deletion.progress.journal.goneAt) lines.push(['journal', `gone at ${time(deletion.progress.journal.goneAt)}`]);
    if (deletion.trouble) lines.push(['trouble', deletion.trouble]);
  }
  const widest = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, value]) => `${name.padEnd(widest)}  ${value}\n`).join('');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    `${cells
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd()}\n`;
  return [head, ...rows].map(line).join('');
}
