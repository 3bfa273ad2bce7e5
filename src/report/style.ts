/** How parts of a report are set off on a terminal; plain text elsewhere. */
export interface Style {
  strong(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  note(text: string): string;
}

const same = (text: string): string => text;
const sgr =
  (on: number, off: number) =>
  (text: string): string =>
    `\u001B[${on}m${text}\u001B[${off}m`;

export const PLAIN: Style = { strong: same, dim: same, good: same, bad: same, note: same };

/** ECMA-48 select graphic rendition. */
export const COLOUR: Style = {
  strong: sgr(1, 22),
  dim: sgr(2, 22),
  good: sgr(32, 39),
  bad: sgr(31, 39),
  note: sgr(33, 39),
};
