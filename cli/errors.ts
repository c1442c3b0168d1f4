/** A mistake in how the program was called. The message says what was found and what was expected. */
export class UsageError extends Error {
  readonly code = 'usage';
  override readonly name = 'UsageError';
}

/** Scenarios that cannot be read or make no sense; `message` is all of them, as people read it. */
export class BadScenarios extends Error {
  readonly code = 'bad-scenarios';
  override readonly name = 'BadScenarios';
}

/** Whitewater itself failed in the middle of something. */
export class InternalError extends Error {
  readonly code = 'breakdown';
  override readonly name = 'Breakdown';

  /** @param doing what it was at, such as `running split-vote with seed 7` */
  constructor(doing: string, cause: unknown) {
    super(doing, { cause });
  }
}
