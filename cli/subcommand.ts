import type { Command } from 'commander';

/** Takes the exit code of a command. */
export type Done = (code: number) => void;

/** A command with what all of them have. @param isDefault whether its parent runs it where no command is named */
export function subcommand(root: Command, name: string, description: string, isDefault = false): Command {
  const path = root.parent === null ? name : `${root.name()} ${name}`;
  return root
    .command(name, { isDefault })
    .description(description)
    .helpOption('-h, --help', 'print help')
    .showHelpAfterError(`Try: whitewater ${path} --help`)
    .allowExcessArguments(false);
}

/** The last part of a help text. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ whitewater ${line}\n`).join('')}`;
}
