import type { TenantId } from '@hanok/contract';
import { type Clock, type HanokError, isHanokError, type Log } from '#base';
import type { AccessChange, AccessFeed, CONTROL_ERRORS } from '#control';
import { fail } from '../errors.ts';

/** As whom something was let in: what a change is held against. */
export interface Holder {
  readonly tokenHash: string;
  /** The person themselves, or whose token it is; of a service account's token nobody. */
  readonly userId: string | undefined;
  /** The tenant in force and the person's own; a change of either may end it. */
  readonly tenants: readonly TenantId[];
  /** Unix milliseconds. */
  readonly expiresAt: number;
}

/** Why a right no longer holds: `session` ended or expired, the person has another `role`, the `tenant` ended. */
export type EndReason = 'session' | 'role' | 'tenant';

export interface OpenRequest {
  readonly holder: Holder;
  /** Decides anew what was decided when it began; undefined: it holds. */
  readonly decideAgain: () => Promise<EndReason | undefined>;
  /** Called once. */
  readonly end: (error: HanokError) => void;
}

/** May a change have touched what this holder was allowed? When in doubt it is decided again, not ended. */
export function concerns(change: AccessChange, { tokenHash, userId, tenants }: Holder): boolean {
  switch (change.kind) {
    case 'session':
      return change.tokenHash === tokenHash;
    case 'person':
      return change.userId === userId;
    case 'tenant':
      return tenants.some((tenant) => tenant === change.tenant);
    case 'key':
      return false;
    case 'anything':
      return true;
  }
}

const MESSAGES: Readonly<Record<EndReason, string>> = {
  session: 'the session this was opened with has ended',
  role: 'what this was opened with may no longer be done, or something else may',
  tenant: 'the tenant this was opened for has ended',
};

export const sessionEnded = (reason: EndReason): HanokError => fail('edge.session-ended', MESSAGES[reason], { reason });

/** The code of `control` when its database cannot be reached. */
export const CONTROL_AWAY: keyof typeof CONTROL_ERRORS = 'control.away';

/** How exact the end of a session's lifetime is. */
const EXPIRY_EVERY_MS = 250;

interface Deps {
  readonly access: Pick<AccessFeed, 'listen'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Everything open is decided again this often even when nobody told of a change; an idle session ends by it. */
  readonly recheckMs: number;
}

/**
 * Every request and stream that somebody is signed in for, from before its handler runs until its answer is over. When a
 * right is taken away, what was opened with it is decided again and ended: no stream outlives its right because data
 * keeps it busy.
 */
export class OpenRequests {
  readonly #deps: Deps;
  readonly #open = new Set<OpenRequest>();
  readonly #stop: () => void;
  /** Raised with every change that was heard: who was let in before may have been let in for less. */
  #heard = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
    const unlisten = deps.access.listen((changes) => {
      this.#heard++;
      for (const request of [...this.#open])
        if (changes.some((change) => concerns(change, request.holder))) void this.#decide(request);
    });
    const expiry = setInterval(() => {
      const now = deps.clock.now();
      for (const request of [...this.#open])
        if (now >= request.holder.expiresAt) this.#end(request, sessionEnded('session'));
    }, EXPIRY_EVERY_MS);
    const recheck = setInterval(() => {
      for (const request of [...this.#open]) void this.#decide(request);
    }, deps.recheckMs);
    expiry.unref();
    recheck.unref();
    this.#stop = () => {
      unlisten();
      clearInterval(expiry);
      clearInterval(recheck);
    };
  }

  get heard(): number {
    return this.#heard;
  }

  /**
   * From here on changes end it; the return value takes it out. `heardThen`: `heard` before its right was decided. A
   * change heard since is made up for before the handler runs: throws `edge.session-ended` when the right is gone.
   */
  async enter(request: OpenRequest, heardThen: number): Promise<() => void> {
    this.#open.add(request);
    const leave = () => {
      this.#open.delete(request);
    };
    if (heardThen !== this.#heard) {
      const ending = await this.#ending(request);
      if (ending !== undefined) {
        leave();
        throw ending;
      }
    }
    return leave;
  }

  close(): void {
    this.#stop();
  }

  async #decide(request: OpenRequest): Promise<void> {
    const ending = await this.#ending(request);
    if (ending !== undefined) this.#end(request, ending);
  }

  /**
   * What cannot be decided is ended: the client comes again and is decided like anybody new. When the control database is
   * away that is what it is told, for its session may be as good as before.
   */
  async #ending(request: OpenRequest): Promise<HanokError | undefined> {
    try {
      const reason = await request.decideAgain();
      return reason && sessionEnded(reason);
    } catch (error) {
      if (isHanokError(error) && error.code === CONTROL_AWAY) return error;
      this.#deps.log.error({ error }, 'whether an open request may go on could not be decided; it is ended');
      return sessionEnded('session');
    }
  }

  #end(request: OpenRequest, ending: HanokError): void {
    if (this.#open.delete(request)) request.end(ending);
  }
}
