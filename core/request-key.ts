import type { Request } from '../sim/protocol.ts';

/** Names a request by its client, session and sequence number. */
export function keyOf({ client, session, sequence }: Request): number {
  return (session === 0 ? -client - 1 : session) * 0x400_0000 + sequence;
}
