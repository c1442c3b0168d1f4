import type { Micros } from '../../sim/protocol.ts';

/** `1,204`. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/gu, ',');
}

/** `1 seed`, `1,204 seeds`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${grouped(count)} ${count === 1 ? noun : plural}`;
}

/** At most four digits: `873`, `12.3k`, `3.1M`. */
export function rounded(count: number): string {
  if (count < 10_000) return grouped(Math.round(count));
  const [unit, name] = count < 999_500 ? [1e3, 'k'] : count < 999_500_000 ? [1e6, 'M'] : [1e9, 'G'];
  const value = count / unit;
  return `${value < 99.95 ? value.toFixed(1) : grouped(Math.round(value))}${name}`;
}

/** `812 B`, `12.3 kB`. */
export function bytes(count: number): string {
  if (count < 1_000) return `${String(count)} B`;
  const [unit, name] = count < 999_950 ? [1e3, 'kB'] : count < 999_950_000 ? [1e6, 'MB'] : [1e9, 'GB'];
  return `${(count / unit).toFixed(1)} ${name}`;
}

/** Real time: `0.8ms`, `340ms`, `12.4s`, `2m05s`, `3h02m`. */
export function elapsed(millis: number): string {
  if (millis < 9.95) return `${millis.toFixed(1)}ms`;
  if (millis < 999.5) return `${String(Math.round(millis))}ms`;
  if (millis < 59_950) return `${(millis / 1_000).toFixed(1)}s`;
  const seconds = Math.round(millis / 1_000);
  if (seconds < 3_600) return `${String(Math.floor(seconds / 60))}m${twoDigits(seconds % 60)}s`;
  const minutes = Math.round(seconds / 60);
  return `${String(Math.floor(minutes / 60))}h${twoDigits(minutes % 60)}m`;
}

/** Virtual time, exact, without zeros that add nothing: `4.812s`, `4.812345s`. */
export function instant(micros: Micros): string {
  return exactInstant(micros).replace(/000s$/u, 's');
}

/** Virtual time for columns: `4.812000s`. */
export function exactInstant(micros: Micros): string {
  return `${String(Math.floor(micros / 1_000_000))}.${String(micros % 1_000_000).padStart(6, '0')}s`;
}

function twoDigits(count: number): string {
  return String(count).padStart(2, '0');
}
