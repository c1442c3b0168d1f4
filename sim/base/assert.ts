/** A broken assumption of Whitewater itself: ends a run as a defect, never as a verdict. */
export class Defect extends Error {
  readonly code = 'defect';
  override readonly name = 'Defect';
}

/** @throws Defect when the condition does not hold. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Defect(message);
}
