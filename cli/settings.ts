import { settingOf, suggestion, type Setting } from '../runs/load/load-files.ts';
import { VOCABULARY } from '../runs/load/vocabulary.ts';
import { UsageError } from './errors.ts';

/** Collects the values of `--set`, which can be given several times. */
export function collectSetting(value: string, before: readonly Setting[] = []): readonly Setting[] {
  return [...before, settingFrom('--set', value, before)];
}

/** What `--set` and `--mutant` put into every scenario; `--mutant E7` is another way to write `--set cluster.mutant=E7`. */
export function requestedSettings(set: readonly Setting[] = [], mutant?: string): readonly Setting[] {
  if (mutant === undefined) return set;
  if (!VOCABULARY.mutants.includes(mutant)) {
    const near = suggestion(mutant, VOCABULARY.mutants) || '; docs/invariants.md lists them';
    throw new UsageError(`--mutant: there is no known bug ${JSON.stringify(mutant)}${near}`);
  }
  return [...set, settingFrom('--mutant', `cluster.mutant=${mutant}`, set)];
}

function settingFrom(option: string, text: string, before: readonly Setting[]): Setting {
  const read = settingOf(text);
  if ('reason' in read) throw new UsageError(`${option}: ${read.reason}`);
  const { setting } = read;
  if (before.some(({ name }) => name === setting.name)) throw new UsageError(`${option}: ${setting.name} is set twice`);
  return setting;
}
