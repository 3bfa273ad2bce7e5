import { lower } from '../value/concrete.ts';
import type { Value } from '../value/value.ts';

/**
 * The JSON text of a value, as jq's `tostring` writes it: no white space, members in their order, DEL escaped. Numbers are
 * written as ECMAScript and RFC 8785 do.
 */
export function jsonText(value: Value): string {
  switch (value.kind) {
    case 'array':
      return `[${value.items.map(jsonText).join(',')}]`;
    case 'object':
      return `{${[...value.fields].map(([name, field]) => `${quoted(name)}:${jsonText(field)}`).join(',')}}`;
    case 'string':
      return quoted(value.value);
    default:
      return JSON.stringify(lower(value));
  }
}

function quoted(text: string): string {
  return JSON.stringify(text).replaceAll('\u007f', '\\u007f');
}

/** Unicode scalar values of a text without lone surrogates. */
export function scalarCount(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit < 0xdc00) count -= 1;
  }
  return count;
}

/** Upper-case ASCII letters to lower case; every other character stays. */
export function asciiDowncase(text: string): string {
  return text.replaceAll(/[A-Z]+/gu, (letters) => letters.toLowerCase());
}

/** The start and end in [0, length] that a slice from `from` to `to` means; negative bounds count from the end. */
export function sliceBounds(
  length: number,
  from: number | undefined,
  to: number | undefined,
): readonly [number, number] {
  const bound = (at: number): number => Math.min(Math.max(at < 0 ? at + length : at, 0), length);
  const start = from === undefined ? 0 : bound(from);
  const end = to === undefined ? length : bound(to);
  return [start, Math.max(start, end)];
}
