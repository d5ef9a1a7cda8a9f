import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { ask } from '../../api/ask.ts';
import { ApiError } from '../../api/client.ts';
import { meQuery } from '../../api/queries.ts';
import { t } from '../../i18n/index.ts';
import { Button } from '../../kit/button.tsx';
import { errorText } from '../../kit/error-text.ts';
import { TextField } from '../../kit/field.tsx';
import {
  FrontHint,
  FrontNote,
  FrontPage,
  FrontTrouble,
  frontForm,
  frontSubmit,
} from '../../kit/sign-in/front-page.tsx';
import { LEAST_PASSWORD } from '../../kit/sign-in/least-password.ts';
import { Skeleton } from '../../kit/states.tsx';
import { clearKept, keptSecret } from './secret.ts';

/** Where links for one use lead: an invitation, or a new password. */
export function JoinScreen() {
  const [secret] = useState(keptSecret);
  const found = useQuery({
    queryKey: ['link', secret],
    queryFn: () => ask('POST /api/v1/invitations/look', { secret: secret ?? '' }),
    enabled: secret !== undefined,
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (secret === undefined || found.isError)
    return (
      <FrontPage title={t('join.over.title')}>
        <FrontTrouble>{found.error && !isOver(found.error) ? reason(found.error) : t('join.over.why')}</FrontTrouble>
      </FrontPage>
    );
  if (!found.data)
    return (
      <FrontPage title={t('join.title')}>
        <Skeleton rows={3} />
      </FrontPage>
    );
  const { kind, email, tenant } = found.data;
  return (
    <FrontPage title={kind === 'invitation' ? t('join.invited', { tenant: tenant ?? '' }) : t('join.reset')}>
      <FrontHint>{kind === 'invitation' ? t('join.invitedWhy', { email }) : t('join.resetWhy', { email })}</FrontHint>
      {kind === 'invitation' && <JoinWithAccount secret={secret} email={email} />}
      <SetPassword secret={secret} email={email} invited={kind === 'invitation'} />
    </FrontPage>
  );
}

/** For who is signed in with the address of the invitation. */
function JoinWithAccount({ secret, email }: { secret: string; email: string }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const me = useQuery({ ...meQuery(), retry: false }).data;
  const [trouble, setTrouble] = useState<string | undefined>();
  const [busy, setBusy] = useState(false);
  if (me?.kind !== 'person')
    return (
      <Button onClick={() => void navigate({ to: '/login', search: { next: '/join' } })}>
        {t('join.haveAccount')}
      </Button>
    );
  if (me.email !== email) return <FrontNote>{t('join.otherAccount', { email: me.email })}</FrontNote>;
  async function join() {
    setBusy(true);
    try {
      const { tenant } = await ask('POST /api/v1/me/invitations', { secret });
      clearKept();
      client.clear();
      await navigate({ to: '/t/$tenant/home', params: { tenant } });
    } catch (error) {
      setTrouble(reason(error));
      setBusy(false);
    }
  }
  return (
    <>
      <FrontTrouble>{trouble}</FrontTrouble>
      <Button tone="primary" disabled={busy} className={frontSubmit} onClick={() => void join()}>
        {t('join.withAccount', { email })}
      </Button>
    </>
  );
}

function SetPassword({ secret, email, invited }: { secret: string; email: string; invited: boolean }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | undefined>();
  const me = useQuery({ ...meQuery(), retry: false }).data;
  // Whoever has the account already needs no new one.
  if (invited && me?.email === email) return null;
  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setTrouble(undefined);
    try {
      await ask('POST /api/v1/invitations/accept', { secret, password });
    } catch (error) {
      setTrouble(reason(error));
      setBusy(false);
      return;
    }
    clearKept();
    client.clear();
    try {
      const answer = await ask('POST /api/v1/login', { email, password });
      await navigate('mfa' in answer ? { to: '/login', search: {} } : { to: '/' });
    } catch {
      await navigate({ to: '/login', search: {} });
    }
  }
  const isShort = password !== '' && password.length < LEAST_PASSWORD;
  return (
    <form className={frontForm} onSubmit={submit}>
      {/* Password managers tell accounts apart by this. */}
      <input
        type="text"
        name="username"
        autoComplete="username"
        className="visually-hidden"
        value={email}
        readOnly
        tabIndex={-1}
        aria-hidden="true"
      />
      <TextField
        label={invited ? t('join.password') : t('join.newPassword')}
        type="password"
        autoComplete="new-password"
        maxLength={1_024}
        required
        value={password}
        error={isShort ? t('signIn.short', { count: LEAST_PASSWORD }) : undefined}
        onChange={(event) => setPassword(event.target.value)}
      />
      <FrontTrouble>{trouble}</FrontTrouble>
      <Button type="submit" tone="primary" disabled={busy || password.length < LEAST_PASSWORD} className={frontSubmit}>
        {invited ? t('join.accept') : t('join.save')}
      </Button>
    </form>
  );
}

const isOver = (error: unknown): boolean => error instanceof ApiError && error.code === 'control.invalid-link';

function reason(error: unknown): string {
  if (!(error instanceof ApiError)) return String(error);
  if (error.code === 'network') return t('kit.failure.network');
  if (isOver(error)) return t('join.over.why');
  if (error.code === 'control.account-exists') return t('join.accountExists');
  if (error.status === 429) return t('signIn.tooMany', { seconds: Math.ceil(error.retryAfter ?? 60) });
  return errorText(error);
}
