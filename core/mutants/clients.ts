import { mutant } from './mutant.ts';

/** Seen in: dissertation §6.3. */
export const retriesExecuteAgain = mutant('K1', 'a retry is executed again', ['I29', 'I28'], {
  alreadyExecuted: () => false,
  alreadyAppended: () => false,
});

export const answersTooEarly = mutant('K4', 'a client is answered when its entry is appended', ['I30'], {
  answersAtAppend: () => true,
});
