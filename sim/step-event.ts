import { MESSAGE, type Request, type StepEvent, type StepKind } from './protocol.ts';

/** The event that a node is stepped with, used again for the next one. */
export class MutableStepEvent<M, A> implements StepEvent<M, A> {
  kind: StepKind = MESSAGE;
  from = 0;
  message: M | null = null;
  timer = 0;
  ticket = 0;
  index = 0;
  request: Request | null = null;
  adminRequest: A | null = null;
}
