/** A relative link of a page. */
export interface Link {
  /** As written. */
  readonly target: string;
  /** The file it leads to, from the folder of the page; empty for the page itself. */
  readonly path: string;
  /** The heading it leads to; null for the file as a whole. */
  readonly anchor: string | null;
}

/** The relative links of a page, pictures included. */
export function linksIn(page: string): Link[] {
  return [...withoutCode(page).matchAll(/\]\(([^)\s]+)\)/gu)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/iu.test(target))
    .map((target) => {
      const [path = '', anchor = null] = target.split('#');
      return { target, path, anchor };
    });
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsIn(page: string): string[] {
  const seen = new Map<string, number>();
  return [...withoutBlocks(page).matchAll(/^#{1,6} +(.*)$/gmu)].map(([, heading = '']) => {
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

function withoutBlocks(page: string): string {
  return page.replace(/^```[^]*?^```$/gmu, '');
}

function withoutCode(page: string): string {
  return withoutBlocks(page).replace(/`[^`\n]*`/gu, '``');
}
