import type { Request } from './protocol.ts';

/** A client's request as a phrase: `put x 1`. */
export function describeRequest({ command: { op, key, value } }: Pick<Request, 'command'>): string {
  return `${op} ${key} ${value}`.trim();
}
