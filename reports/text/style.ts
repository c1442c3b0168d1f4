import pc from 'picocolors';

/** The few distinctions that colours carry. Everything they say is also said in words or signs. */
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
