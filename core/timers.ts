/** Fires when no leader has been heard of for an election timeout. */
export const ELECTION = 0;
/** Fires when a leader's followers must hear of it again. */
export const HEARTBEAT = 1;

export const TIMERS: readonly string[] = Object.freeze(['election', 'heartbeat']);
