import { stringify } from 'yaml';

/** A scenario that is plain data, as the text of a file. */
export function textOfScenario(data: object): string {
  return stringify(data);
}
