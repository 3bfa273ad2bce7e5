import { encodeLine } from '../kernel/encode.ts';

/**
 * Workflow commands of the GitHub runner. It reads them from standard output: a line that begins with `::`, after any
 * white space, or `##[` anywhere in a line. So whatever an author wrote is encoded before it is escaped, and is never
 * printed raw. Escaping is the toolkit's (`@actions/core`, command.ts).
 */

export type Severity = 'error' | 'warning' | 'notice';

/** What an annotation shows, and where; all of it may be an author's text. */
export interface Annotation {
  readonly severity: Severity;
  readonly title: string;
  /** Shown one below the other. */
  readonly lines: readonly string[];
  /** Relative to the top of the repository; lines and columns count from 1. */
  readonly at?: { readonly file: string; readonly line: number; readonly column: number };
}

const LONGEST = { title: 200, line: 600, file: 400 } as const;

/** One line of standard output, with its line break. */
export function annotationCommand({ severity, title, lines, at }: Annotation): string {
  const properties = [
    ['title', encodeLine(title, LONGEST.title)],
    ...(at === undefined
      ? []
      : [
          ['file', encodeLine(at.file, LONGEST.file)],
          ['line', String(at.line)],
          ['col', String(at.column)],
        ]),
  ].map(([key = '', value = '']) => `${key}=${escapeProperty(value)}`);
  const message = lines.map((line) => encodeLine(line, LONGEST.line)).join('\n');
  return `::${severity} ${properties.join(',')}::${escapeData(message)}\n`;
}

/**
 * An entry of the file that `GITHUB_OUTPUT` names: `name<<delimiter`, the value's lines, `delimiter`. The delimiter is
 * lengthened until the value does not hold it, so that no value can end itself and begin another.
 */
export function outputEntry(name: string, value: string): string {
  let delimiter = 'proofmark';
  while (value.includes(delimiter)) delimiter = `${delimiter}-`;
  return `${name}<<${delimiter}\n${value}\n${delimiter}\n`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
