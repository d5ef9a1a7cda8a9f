// `npm run unit`: prints a systemd unit for this folder. It runs the server without npm and without a starter.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './install.mjs';
import { NODE_ENVIRONMENT, NODE_FLAGS } from './node-flags.mjs';

/** A word of a unit file: specifiers escaped, quoted when it needs to be (systemd.syntax(7), systemd.service(5)). */
const word = (text) => {
  const plain = text.replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /[\s"'\\;]/.test(plain) ? `"${plain.replace(/[\\"]/g, '\\$&')}"` : plain;
};
const variable = ([name, value]) =>
  `Environment="${`${name}=${value}`.replaceAll('%', '%%').replace(/[\\"]/g, '\\$&')}"`;

export function unit(folder) {
  const command = [
    join(folder, 'node_modules', 'node', 'bin', 'node'),
    ...NODE_FLAGS,
    join(folder, 'server', 'src', 'main', 'cli.ts'),
    'start',
  ];
  return `# Made by \`npm run unit\`. Before the first start, and after every update, as the owner of the folder:
#   node scripts/prepare.mjs
# Then:
#   npm run --silent unit > /etc/systemd/system/hanok.service
#   useradd --system --home-dir /var/lib/hanok hanok
#   systemctl daemon-reload && systemctl enable --now hanok
# The first credentials are in /var/lib/hanok/bootstrap.json. Settings: Environment= lines in a drop-in
# (systemctl edit hanok); see docs/configuration.md.
[Unit]
Description=Hanok: OpenTelemetry logs, metrics and traces for many tenants
After=network.target
# Starting it again must not be given up: senders wait with what they could not deliver.
StartLimitIntervalSec=0

[Service]
Type=exec
User=hanok
WorkingDirectory=${folder.replaceAll('%', '%%')}
${Object.entries(NODE_ENVIRONMENT).map(variable).join('\n')}
Environment="HANOK_DATA_DIR=/var/lib/hanok"
ExecStart=${command.map(word).join(' ')}
Restart=on-failure
RestartSec=1
# The server closes its engines in its own order; what it leaves behind is killed.
KillMode=mixed
TimeoutStopSec=30
StateDirectory=hanok
StateDirectoryMode=0700
UMask=0077
LimitNOFILE=65536
LimitCORE=0
NoNewPrivileges=true
PrivateTmp=true
ProtectSystem=strict
ProtectHome=read-only
ProtectKernelTunables=true
ProtectControlGroups=true
RestrictSUIDSGID=true

[Install]
WantedBy=multi-user.target
`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  process.stdout.write(unit(root));
