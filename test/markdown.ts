import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** A link of a page that leads to a file or a heading of the repository. */
export interface Link {
  /** As written. */
  readonly target: string;
  /** From the root of the repository. */
  readonly file: string;
  /** Without `#`; null if the link is to the file as a whole. */
  readonly anchor: string | null;
}

/** The relative links of a page, pictures included. `page` is its path from the root. */
export function linksOf(root: string, page: string): Link[] {
  const text = withoutCode(readFileSync(join(root, page), 'utf8'));
  return [...text.matchAll(/\]\(([^)\s]+)\)/gu)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/iu.test(target))
    .map((target) => {
      const [path = '', anchor = null] = target.split('#');
      const file = path === '' ? page : relative(root, join(root, dirname(page), path));
      return { target, file, anchor };
    });
}

/** Whether a link leads to something that is there. */
export function leadsSomewhere(root: string, { file, anchor }: Link): boolean {
  const path = join(root, file);
  if (file.startsWith('..') || !existsSync(path)) return false;
  return anchor === null || (statSync(path).isFile() && anchorsOf(readFileSync(path, 'utf8')).includes(anchor));
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(text: string): string[] {
  const seen = new Map<string, number>();
  return [...withoutBlocks(text).matchAll(/^#{1,6} +(.*)$/gmu)].map(([, heading = '']) => {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/gu, '$1')
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .replace(/ /gu, '-');
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  });
}

function withoutBlocks(text: string): string {
  return text.replace(/^```[^]*?^```$/gmu, '');
}

function withoutCode(text: string): string {
  return withoutBlocks(text).replace(/`[^`\n]*`/gu, '``');
}
