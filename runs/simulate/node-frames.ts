/** Where the simulator calls a node: what is further out is not the node's. */
const SIMULATOR = /NodeRuntime|Disk\.(?:complete|crash)/u;
/** How many frames are kept: a recursion without end has thousands. */
const MOST_FRAMES = 20;

/**
 * The part of an error's stack that is the node's own code, innermost first, as `function (file:line:column)`. Folders are
 * left out: they differ from machine to machine. Empty for what is not an error, or has no stack.
 */
export function nodeFrames(error: unknown): readonly string[] {
  if (!(error instanceof Error) || error.stack === undefined) return [];
  const lines = error.stack.split('\n').filter((line) => /^\s*at |@/u.test(line));
  const end = lines.findIndex((line) => SIMULATOR.test(line));
  return lines.slice(0, end < 0 ? MOST_FRAMES : Math.min(end, MOST_FRAMES)).map(frame);
}

function frame(line: string): string {
  return line
    .trim()
    .replace(/^at /u, '')
    .replace(/(?:file:\/\/)?[^\s()@]*[\\/]([^\\/\s()]+)/gu, '$1');
}
