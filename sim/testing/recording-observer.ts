import type { Observer } from '../observer.ts';

/** An observer of which a test says what interests it. */
export function watcher<M>(parts: Partial<Observer<M>>): Observer<M> {
  const nothing = (): void => undefined;
  return {
    isBroken: false,
    booted: nothing,
    crashed: nothing,
    panicked: nothing,
    wiped: nothing,
    timerForced: nothing,
    stepped: nothing,
    restored: nothing,
    applied: nothing,
    sent: nothing,
    persisted: nothing,
    replied: nothing,
    delivered: nothing,
    requested: nothing,
    adminRequested: nothing,
    invoked: nothing,
    completed: nothing,
    ...parts,
  };
}

/** An observer that writes down every call, such as `applied 1 5 77`; messages and requests by their kind only. */
export function recorder<M>(lines: string[]): Observer<M> {
  const shown = (value: unknown): string => (typeof value === 'object' && value !== null ? '…' : String(value));
  const note =
    (name: string) =>
    (...details: unknown[]): void =>
      void lines.push([name, ...details.map(shown)].join(' '));
  return {
    isBroken: false,
    booted: note('booted'),
    crashed: note('crashed'),
    panicked: note('panicked'),
    wiped: note('wiped'),
    timerForced: note('timerForced'),
    stepped: note('stepped'),
    restored: note('restored'),
    applied: note('applied'),
    sent: note('sent'),
    persisted: note('persisted'),
    replied: note('replied'),
    delivered: note('delivered'),
    requested: note('asked'),
    adminRequested: note('ordered'),
    invoked: note('invoked'),
    completed: note('completed'),
  };
}
