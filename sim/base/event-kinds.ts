// Kinds of event in the queue, after those a node is stepped with (0 to 4 in protocol.ts; ADMIN and FAILED never stand there).

/** A reply reaches its client. */
export const REPLY = 5;
/** A client's timeout, pause or next operation is due. */
export const CLIENT = 6;
/** The process of a slow node has finished with the event at the head of its inbox. */
export const WORK = 7;
/** A wake-up that a script has scheduled. */
export const WAKE = 8;
/** Nothing happened: a stale row (a timer that was moved, a node that has crashed since). */
export const NOTHING = 9;
/** Instead of PERSISTED: the write has failed. */
export const WRITE_FAILED = 10;
