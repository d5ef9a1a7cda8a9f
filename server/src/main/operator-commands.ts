import { CERTIFICATE_USAGE, verifyCertificate } from './certificate-cli.ts';
import { credentialOf, openOperatorApi, urlOf } from './operator-api.ts';
import type { Config } from './slices.ts';
import { listCertificates, TENANT_USAGE, tenantCommand } from './tenant-cli.ts';

/** `hanok tenant …` and `hanok certificate …`; the exit code. */
export async function operatorCommand(
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  config: Config,
  print: (text: string) => void,
): Promise<number> {
  const [noun, ...args] = words;
  const usage = noun === 'tenant' ? TENANT_USAGE : CERTIFICATE_USAGE;
  if (args.length === 0 || args.includes('--help')) {
    print(usage);
    return args.length === 0 ? 2 : 0;
  }
  const { dataDir } = config.main;
  if (noun === 'certificate' && args[0] === 'verify') {
    const [, file, flag, key, ...more] = args;
    if (
      file === undefined ||
      more.length > 0 ||
      (flag !== undefined && (flag !== '--public-key' || key === undefined))
    ) {
      print(usage);
      return 2;
    }
    print(verifyCertificate(file, key, dataDir));
    return 0;
  }
  if (noun === 'certificate' && (args[0] !== 'list' || args.length > 1)) {
    print(usage);
    return 2;
  }
  const api = await openOperatorApi(urlOf(environment, config), credentialOf(environment, dataDir));
  try {
    print(noun === 'tenant' ? await tenantCommand(args, api) : await listCertificates(api));
    return 0;
  } finally {
    await api.close();
  }
}
