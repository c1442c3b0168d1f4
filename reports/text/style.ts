import pc from 'picocolors';

/** The distinctions that colours make. Words or signs say the same, for readers without colours. */
export interface Style {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly doubtful: (text: string) => string;
  readonly notable: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
}

export function style(colours: boolean): Style {
  const { green, red, yellow, cyan, bold, dim } = pc.createColors(colours);
  return { good: green, bad: red, doubtful: yellow, notable: cyan, strong: bold, faint: dim };
}
