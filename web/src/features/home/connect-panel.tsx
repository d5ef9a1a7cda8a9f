import { useQueryClient } from '@tanstack/react-query';
import { useRouterState } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { ask } from '../../api/ask.ts';
import { keysQuery } from '../../api/queries.ts';
import { useMe, useTenant } from '../../api/tenant.ts';
import { t } from '../../i18n/index.ts';
import { Button } from '../../kit/button.tsx';
import { CodeSnippet } from '../../kit/code-snippet.tsx';
import { Copy } from '../../kit/copy.tsx';
import { errorText } from '../../kit/error-text.ts';
import { Icon } from '../../kit/icon.tsx';
import { Panel } from '../../kit/panel.tsx';
import { Tabs } from '../../kit/tabs.tsx';
import { toast } from '../../kit/toast.tsx';
import { useSecretGuard } from '../../kit/use-secret-guard.ts';
import styles from './connect-panel.module.css';
import { SNIPPETS, type SnippetName } from './snippets.ts';

/** How to send telemetry here, with this tenant's own addresses and, when one was just made, its own key. */
export function ConnectPanel({ open = false }: { open?: boolean }) {
  const tenant = useTenant();
  const me = useMe();
  const client = useQueryClient();
  const asked = useRouterState({ select: (state) => state.location.hash === 'connect' });
  const [unfolded, setUnfolded] = useState(open || asked);
  const [name, setName] = useState<SnippetName>('curl');
  const [secret, setSecret] = useState<string | undefined>();
  const [kept, setKept] = useState(false);
  const [busy, setBusy] = useState(false);
  // The key is on this screen and nowhere else until it was copied.
  useSecretGuard(secret !== undefined && !kept, () => toast(t('kit.secret.refused'), 'bad'));
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!asked) return;
    setUnfolded(true);
    frame.current?.scrollIntoView({ block: 'start' });
  }, [asked]);

  async function makeKey() {
    setBusy(true);
    try {
      const made = await ask('POST /api/v1/keys', { name: t('home.connect.keyName') }, { tenant });
      setSecret(made.secret);
      void client.invalidateQueries({ queryKey: keysQuery(tenant).queryKey });
    } catch (error) {
      toast(errorText(error), 'bad');
    } finally {
      setBusy(false);
    }
  }

  const shown = open || unfolded;
  const snippet = SNIPPETS.find((candidate) => candidate.name === name) ?? SNIPPETS[0];
  const values = {
    http: me?.endpoints.otlpHttp ?? '',
    grpc: me?.endpoints.otlpGrpc ?? '',
    key: secret ?? t('home.connect.yourKey'),
  };
  return (
    <div ref={frame}>
      <Panel
        title={t('home.connect')}
        hint={t('home.connect.hint')}
        actions={
          !open && (
            <Button
              tone="quiet"
              size="s"
              icon={shown ? 'minus' : 'plus'}
              aria-expanded={shown}
              onClick={() => setUnfolded(!unfolded)}
            >
              {shown ? t('home.connect.fold') : t('home.connect.unfold')}
            </Button>
          )
        }
      >
        {shown && (
          <div className={styles.content}>
            <ol className={styles.steps}>
              <li className={styles.step}>
                <div>
                  <strong>{t('home.connect.step.key')}</strong>
                  <p>{secret ? t('home.connect.once') : t('home.connect.keyWhy')}</p>
                </div>
                {secret ? (
                  <div className={styles.secret}>
                    <Icon name="key" size={14} />
                    <code>{secret}</code>
                    <Copy text={secret} onCopied={() => setKept(true)} />
                    {!kept && (
                      <Button size="s" onClick={() => setKept(true)}>
                        {t('kit.secret.kept')}
                      </Button>
                    )}
                  </div>
                ) : (
                  <Button tone="primary" icon="key" disabled={busy} onClick={() => void makeKey()}>
                    {t('home.connect.make')}
                  </Button>
                )}
              </li>
              <li>
                <strong>{t('home.connect.step.send')}</strong>
                <Tabs<SnippetName>
                  label={t('home.connect.step.send')}
                  value={name}
                  items={SNIPPETS.map((candidate) => ({ value: candidate.name, label: candidate.label }))}
                  onChange={setName}
                >
                  <div className={styles.snippet}>
                    {snippet && (
                      <CodeSnippet code={snippet.code(values)} label={snippet.label} onCopied={() => setKept(true)} />
                    )}
                  </div>
                </Tabs>
              </li>
            </ol>
            <p className={styles.note}>{t('home.connect.note')}</p>
          </div>
        )}
      </Panel>
    </div>
  );
}
