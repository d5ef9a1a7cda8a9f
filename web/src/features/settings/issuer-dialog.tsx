import { JWT_KEY_SOURCES, type JwtIssuerRow } from '@hanok/contract';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useId, useRef, useState } from 'react';
import { saveJwtIssuer } from '../../api/admin-queries.ts';
import { t } from '../../i18n/index.ts';
import { Button } from '../../kit/button.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { SelectField, TextField } from '../../kit/field.tsx';
import { draftOf, type IssuerDraft, inputOf, isComplete, NEW_DRAFT, unknownAlgorithms } from './issuer-form.ts';
import styles from './issuers.module.css';
import { Refusal } from './parts.tsx';
import settings from './settings.module.css';
import { TextArea } from './text-area.tsx';

/** Adds an issuer, or changes `before`. */
export function IssuerDialog({
  tenant,
  before,
  onSaved,
  onClose,
}: {
  tenant: string;
  before: JwtIssuerRow | undefined;
  onSaved: (name: string) => void;
  onClose: () => void;
}) {
  const form = useId();
  const field = useRef<HTMLInputElement>(null);
  const [draft, setDraft] = useState<IssuerDraft>(() => (before ? draftOf(before) : NEW_DRAFT));
  const set = (change: Partial<IssuerDraft>) => setDraft((old) => ({ ...old, ...change }));
  const saving = useMutation({
    mutationFn: () => saveJwtIssuer(tenant, before?.id, inputOf(draft)),
    onSuccess: () => onSaved(draft.name.trim()),
  });
  const odd = unknownAlgorithms(draft);
  const ready = isComplete(draft, before) && !saving.isPending;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) saving.mutate();
  };
  return (
    <Dialog
      size="l"
      title={before ? t('settings.issuers.changeTitle', { name: before.name }) : t('settings.issuers.add')}
      initialFocus={field}
      onClose={onClose}
      mayClose={() => !saving.isPending}
      footer={
        <>
          <Button onClick={onClose} disabled={saving.isPending}>
            {t('settings.cancel')}
          </Button>
          <Button tone="primary" type="submit" form={form} disabled={!ready}>
            {before ? t('settings.issuers.save') : t('settings.issuers.add')}
          </Button>
        </>
      }
    >
      <form id={form} className={settings.stack} onSubmit={submit}>
        <div className={styles.fields}>
          <TextField
            ref={field}
            label={t('settings.issuers.name')}
            placeholder={t('settings.issuers.namePlaceholder')}
            maxLength={128}
            value={draft.name}
            onChange={(event) => set({ name: event.target.value })}
          />
          <TextField
            label={t('settings.issuers.issuerLabel')}
            placeholder="https://idp.example.com"
            maxLength={512}
            value={draft.issuer}
            onChange={(event) => set({ issuer: event.target.value })}
          />
        </div>
        <SelectField
          label={t('settings.issuers.source')}
          value={draft.source}
          options={JWT_KEY_SOURCES.map((value) => ({ value, label: t(`settings.issuers.source.${value}`) }))}
          onChange={(event) => {
            const source = JWT_KEY_SOURCES.find((one) => one === event.target.value);
            if (source) set({ source, algorithms: '' });
          }}
        />
        {draft.source === 'jwks' && (
          <TextField
            label={t('settings.issuers.jwksUrl')}
            placeholder="https://idp.example.com/.well-known/jwks.json"
            maxLength={2_048}
            value={draft.jwksUrl}
            onChange={(event) => set({ jwksUrl: event.target.value })}
          />
        )}
        {draft.source === 'static' && (
          <TextArea
            label={t('settings.issuers.keys')}
            hint={t('settings.issuers.keysHint')}
            maxLength={64_000}
            rows={6}
            value={draft.keys}
            onChange={(event) => set({ keys: event.target.value })}
          />
        )}
        {draft.source === 'secret' && (
          <>
            <TextField
              label={t('settings.issuers.secret')}
              type="password"
              autoComplete="new-password"
              maxLength={1_024}
              value={draft.secret}
              onChange={(event) => set({ secret: event.target.value })}
            />
            <p className={settings.faint}>
              {before?.source === 'secret' ? t('settings.issuers.secretKept') : t('settings.issuers.secretHint')}
            </p>
          </>
        )}
        <TextArea
          label={t('settings.issuers.audiences')}
          hint={t('settings.issuers.audiencesHint')}
          rows={2}
          value={draft.audiences}
          onChange={(event) => set({ audiences: event.target.value })}
        />
        <TextField
          label={t('settings.issuers.tenantClaim')}
          maxLength={256}
          value={draft.tenantClaim}
          onChange={(event) => set({ tenantClaim: event.target.value })}
        />
        <p className={settings.faint}>{t('settings.issuers.tenantClaimHint', { tenant })}</p>
        <details className={styles.more}>
          <summary>{t('settings.issuers.more')}</summary>
          <div className={settings.stack}>
            <TextArea
              label={t('settings.issuers.claims')}
              hint={t('settings.issuers.claimsHint')}
              rows={2}
              value={draft.claims}
              onChange={(event) => set({ claims: event.target.value })}
            />
            <div className={styles.fields}>
              <TextField
                label={t('settings.issuers.leeway')}
                inputMode="numeric"
                maxLength={3}
                value={draft.leeway}
                onChange={(event) => set({ leeway: event.target.value })}
              />
              <TextField
                label={t('settings.issuers.algorithms')}
                placeholder={draft.source === 'secret' ? 'HS256' : t('settings.issuers.algorithmsAll')}
                value={draft.algorithms}
                error={odd.length > 0 ? t('settings.issuers.algorithmsOdd', { names: odd.join(', ') }) : undefined}
                onChange={(event) => set({ algorithms: event.target.value })}
              />
            </div>
          </div>
        </details>
        <Refusal error={saving.error} />
      </form>
    </Dialog>
  );
}
