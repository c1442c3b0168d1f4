import { printable } from '../../scenarios/language/printable.ts';
import { type Settings, titleOf } from '../../scenarios/settings.ts';
import { columns, cut } from './layout.ts';

/** Columns of a name that are kept for the settings to be seen. */
const LEAST_NAME = 8;

/** The title of a scenario in this many columns. The name is cut first: the settings tell it from others of its file. */
export function fittingTitle(name: string, settings: Settings, width: number): string {
  const rest = titleOf('', settings);
  return cut(titleOf(cut(name, Math.max(LEAST_NAME, width - columns(rest))), settings), width);
}

/** Where a scenario is from, behind its title: its file, or only `(bundled)` for a bundled one, whose name the title has. */
export function origin(name: string, file: string | null): string {
  if (file === null) return '';
  return `  ${file === `${name} (bundled)` ? '(bundled)' : printable(file)}`;
}
