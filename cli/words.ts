import { UsageError } from './errors.ts';

/** The words of an option's value, such as `a,b`. */
export function words(option: string, text: string): string[] {
  const found = text.split(/[\s,]+/u).filter((word) => word !== '');
  if (found.length === 0) throw new UsageError(`${option}: the list is empty; expected one like a,b`);
  return found;
}
