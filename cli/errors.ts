/** A mistake in the command line. The message says what was found and what was expected. */
export class UsageError extends Error {
  readonly code = 'usage';
  override readonly name = 'UsageError';
}

/** Scenarios that cannot be read or are not valid; `message` lists every problem. */
export class BadScenarios extends Error {
  readonly code = 'bad-scenarios';
  override readonly name = 'BadScenarios';
}

/** Whitewater itself failed. */
export class InternalError extends Error {
  readonly code = 'internal-error';
  override readonly name = 'InternalError';

  /** @param doing what failed, such as `running split-vote with seed 7` */
  constructor(doing: string, cause: unknown) {
    super(doing, { cause });
  }
}
