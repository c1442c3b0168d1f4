import { getSystemErrorMap } from 'node:util';

/** Why something could not be read or written, as a phrase: `no space left on device (ENOSPC)`. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { errno, message } = error as NodeJS.ErrnoException;
  const [code, phrase] = (errno === undefined ? undefined : getSystemErrorMap().get(errno)) ?? [];
  return code === undefined ? message : `${phrase} (${code})`;
}
