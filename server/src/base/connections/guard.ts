import type { Server, Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import type { Counter, Gauge, Meter } from '../metrics.ts';
import { SharedSources, sourceOf } from './source.ts';
import { WorkAccount } from './work-account.ts';

/** Why a connection was refused, made to wait, or ended in favour of another: a label of the counters. */
export type RefusalReason = 'port-full' | 'source-full' | 'flood' | 'slowed' | 'evicted';

/** Connections refused since this was told last; at most one a second and reason. */
export interface ConnectionRefusals {
  readonly reason: RefusalReason;
  readonly count: number;
  /** Address of the last of them. */
  readonly remote: string;
}

export interface GuardOptions {
  /** A label of the counters. */
  readonly port: string;
  /** Open connections. */
  readonly most: number;
  readonly perSource: number;
  readonly sharedSources: string;
  readonly floodWorkMs: number;
  readonly floodRefusalMs: number;
}

export interface GuardDeps {
  readonly clock: Clock;
  readonly meter: Meter;
  readonly onRefused: (refusals: ConnectionRefusals) => void;
}

interface Source {
  readonly name: string;
  readonly shared: boolean;
  open: number;
  /** Oldest first. */
  readonly unproven: Set<GuardedConnection>;
  readonly account: WorkAccount;
  /** It floods: monotonic milliseconds until which newcomers are refused, or, from a shared source, slowed. */
  floodsUntil: number;
}

/** While a shared source floods, a newcomer waits this long before it is heard, and may cost a tenth as much. */
const SLOWED_MS = 250;
const SLOWED_SHARE = 0.1;
/** All senders behind a shared source together, in shares of what a single source may cost. */
const SHARED_FACTOR = 2;
const TELL_EVERY_MS = 1_000;
/** Sources remembered beyond those that are connected; beyond it the ones that did nothing wrong are forgotten. */
const SOURCES_KEPT = 10_000;
const SWEEP_EVERY_MS = 1_000;

/**
 * The connections of one listening port: how many there are, from where, and which of them has earned its place. A
 * connection is proven once a request on it was authenticated. When the port is full, a newcomer takes the place of the
 * oldest unproven connection, else of the proven one that idles longest; only when all are at work is it refused. So
 * strangers, however many, cannot keep senders out.
 */
export class ConnectionGuard {
  readonly #options: GuardOptions;
  readonly #deps: GuardDeps;
  readonly #shared: SharedSources;
  readonly #sources = new Map<string, Source>();
  #sweptAt = 0;
  readonly #bySocket = new WeakMap<Socket, GuardedConnection>();
  readonly #all = new Set<GuardedConnection>();
  /** Oldest first. */
  readonly #unproven = new Set<GuardedConnection>();
  /** Proven and without a request under way, longest idle first. */
  readonly #idle = new Set<GuardedConnection>();
  readonly #counters = new Map<RefusalReason, Counter>();
  readonly #openGauge: Gauge;
  readonly #untold = new Map<RefusalReason, { count: number; remote: string; toldAt: number }>();

  constructor(options: GuardOptions, deps: GuardDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#shared = new SharedSources(options.sharedSources);
    const { port } = options;
    this.#openGauge = deps.meter.gauge('hanok_connections_open', 'Open connections, by port.', { port });
    deps.meter
      .gauge('hanok_connections_most', 'Most open connections that the port takes.', { port })
      .set(options.most);
  }

  get open(): number {
    return this.#all.size;
  }

  get most(): number {
    return this.#options.most;
  }

  /** Guards every connection of the server. The server's own handler sees refused sockets too, already destroyed. */
  watch(server: Server): void {
    server.prependListener('connection', (socket: Socket) => void this.admit(socket));
    // Net below: never reached while the guard works, and never more handles than were counted with.
    server.maxConnections = this.#options.most + ACCEPTED_AT_ONCE;
  }

  /** Undefined: refused, and destroyed. */
  admit(socket: Socket): GuardedConnection | undefined {
    const { perSource, most } = this.#options;
    const remote = socket.remoteAddress;
    const now = this.#deps.clock.monotonic();
    const source = this.#sourceOf(remote, now);
    const floods = now < source.floodsUntil;
    if (floods && !source.shared) return this.#refuse(socket, 'flood');
    if (floods) this.#count('slowed', remote ?? '');
    if (!source.shared && source.open >= perSource) {
      const own = firstOf(source.unproven);
      if (!own) return this.#refuse(socket, 'source-full');
      this.#evict(own);
    }
    if (this.#all.size >= most) {
      const place = firstOf(this.#unproven) ?? firstOf(this.#idle);
      if (!place) return this.#refuse(socket, 'port-full');
      this.#evict(place);
    }
    const connection = new GuardedConnection(
      socket,
      source.name,
      floods ? SLOWED_MS : 0,
      this.#ledgerOf(source, floods),
    );
    source.open += 1;
    source.unproven.add(connection);
    this.#all.add(connection);
    this.#unproven.add(connection);
    this.#bySocket.set(socket, connection);
    this.#openGauge.set(this.#all.size);
    socket.once('close', () => this.#forget(connection, source));
    return connection;
  }

  of(socket: Socket): GuardedConnection | undefined {
    return this.#bySocket.get(socket);
  }

  #ledgerOf(source: Source, floods: boolean): Ledger {
    const { clock } = this.#deps;
    const { floodWorkMs, floodRefusalMs } = this.#options;
    // A shared source stands for many: each of its connections answers for itself first, and the others' share is only
    // taken from those that spend much themselves. A slowed newcomer has its tenth, whatever the others spent: it begins
    // with less than half and would else be ended for its first frame.
    const own = source.shared ? new WorkAccount(floodWorkMs, clock.monotonic()) : undefined;
    if (floods) own?.spend((1 - SLOWED_SHARE) * floodWorkMs * 1_000, clock.monotonic());
    return {
      spend: (micros) => {
        const now = clock.monotonic();
        const within = source.account.spend(micros, now);
        const fine = own ? own.spend(micros, now) && (within || floods || own.isHalfFull) : within;
        if (!fine || !within) source.floodsUntil = now + floodRefusalMs;
        return fine;
      },
      use: (connection) => {
        this.#idle.delete(connection);
      },
      rest: (connection) => {
        if (connection.proven && this.#all.has(connection)) this.#idle.add(connection);
      },
      prove: (connection) => {
        this.#unproven.delete(connection);
        source.unproven.delete(connection);
      },
    };
  }

  #sourceOf(remote: string | undefined, now: number): Source {
    const name = sourceOf(remote);
    let source = this.#sources.get(name);
    if (!source) {
      if (this.#sources.size >= SOURCES_KEPT && now - this.#sweptAt > SWEEP_EVERY_MS) this.#forgetSources(now);
      const shared = this.#shared.has(remote);
      source = {
        name,
        shared,
        open: 0,
        unproven: new Set(),
        account: new WorkAccount(this.#options.floodWorkMs * (shared ? SHARED_FACTOR : 1), now),
        floodsUntil: 0,
      };
      this.#sources.set(name, source);
    }
    return source;
  }

  #forgetSources(now: number): void {
    this.#sweptAt = now;
    for (const [name, { open, floodsUntil, account }] of this.#sources)
      if (open === 0 && now >= floodsUntil && account.isFull(now)) this.#sources.delete(name);
  }

  #forget(connection: GuardedConnection, source: Source): void {
    if (!this.#all.delete(connection)) return;
    this.#unproven.delete(connection);
    source.unproven.delete(connection);
    this.#idle.delete(connection);
    this.#openGauge.set(this.#all.size);
    source.open -= 1;
    const now = this.#deps.clock.monotonic();
    if (source.open === 0 && now >= source.floodsUntil && source.account.isFull(now)) this.#sources.delete(source.name);
  }

  #evict(connection: GuardedConnection): void {
    const source = this.#sources.get(connection.source);
    const { socket } = connection;
    const remote = socket.remoteAddress ?? '';
    connection.end();
    // `close` comes later; the place is free now.
    if (source) this.#forget(connection, source);
    this.#count('evicted', remote);
  }

  #refuse(socket: Socket, reason: RefusalReason): undefined {
    const remote = socket.remoteAddress ?? '';
    socket.on('error', () => {});
    socket.destroy();
    this.#count(reason, remote);
  }

  #count(reason: RefusalReason, remote: string): void {
    let counter = this.#counters.get(reason);
    if (!counter) {
      counter = this.#deps.meter.counter(
        'hanok_connections_refused_total',
        'Connections refused, made to wait (slowed) or ended for a newcomer (evicted), by port and reason.',
        { port: this.#options.port, reason },
      );
      this.#counters.set(reason, counter);
    }
    counter.add(1);
    const now = this.#deps.clock.monotonic();
    const untold = this.#untold.get(reason) ?? { count: 0, remote, toldAt: Number.NEGATIVE_INFINITY };
    this.#untold.set(reason, untold);
    untold.count += 1;
    untold.remote = remote;
    if (now - untold.toldAt < TELL_EVERY_MS) return;
    this.#deps.onRefused({ reason, count: untold.count, remote });
    untold.count = 0;
    untold.toldAt = now;
  }
}

/** Connections that the kernel may hand over in one turn of the loop (backlog of `listen`). */
const ACCEPTED_AT_ONCE = 64;

interface Ledger {
  readonly spend: (micros: number) => boolean;
  readonly use: (connection: GuardedConnection) => void;
  readonly rest: (connection: GuardedConnection) => void;
  readonly prove: (connection: GuardedConnection) => void;
}

/** One admitted connection. */
export class GuardedConnection {
  readonly socket: Socket;
  readonly source: string;
  /** Milliseconds to wait before it is heard, because its source floods. */
  readonly slowedMs: number;
  readonly #ledger: Ledger;
  #underWay = 0;
  #proven = false;
  /** How this connection is ended for a newcomer; set by a protocol that can say goodbye. */
  end: () => void;

  constructor(socket: Socket, source: string, slowedMs: number, ledger: Ledger) {
    this.socket = socket;
    this.source = source;
    this.slowedMs = slowedMs;
    this.#ledger = ledger;
    this.end = () => {
      socket.on('error', () => {});
      socket.destroy();
    };
  }

  /** A request on this connection was authenticated. */
  get proven(): boolean {
    return this.#proven;
  }

  prove(): void {
    if (this.#proven) return;
    this.#proven = true;
    this.#ledger.prove(this);
  }

  /** A request begins; to be ended with `finish`. */
  begin(): void {
    this.#underWay += 1;
    if (this.#proven && this.#underWay === 1) this.#ledger.use(this);
  }

  finish(): void {
    this.#underWay -= 1;
    if (this.#underWay === 0) this.#ledger.rest(this);
  }

  /** Charges work that brought nothing, in microseconds; false: its source floods, and this connection is to be ended. */
  spend(micros: number): boolean {
    return this.#ledger.spend(micros);
  }
}

function firstOf<T>(set: ReadonlySet<T>): T | undefined {
  for (const one of set) return one;
  return undefined;
}
