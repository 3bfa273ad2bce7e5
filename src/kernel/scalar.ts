/**
 * Plain scalars: how YAML 1.2 (core schema) reads them, and which of them YAML 1.1 reads differently, so that two tools
 * could disagree about one file. YAML 1.2.2, 10.3.2; https://yaml.org/type/ for 1.1.
 */

const NULL = /^(?:~|null|Null|NULL)?$/;
const BOOLEAN = /^(?:true|True|TRUE|false|False|FALSE)$/;
const NUMBER = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const HEXADECIMAL = /^0x[0-9a-fA-F]+$/;
const NOT_FINITE = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

const AMBIGUOUS: readonly RegExp[] = [
  /^(?:y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF)$/,
  // Octal, binary, hexadecimal with underscores, and the 1.2 octal that 1.1 takes for a word.
  /^[-+]?0[0-9_]+$/,
  /^[-+]?0o[0-7]+$/,
  /^[-+]?0b[01_]+$/,
  /^[-+]0x[0-9a-fA-F_]+$/,
  /^0x[0-9a-fA-F]*_[0-9a-fA-F_]*$/,
  // Digits in groups.
  /^[-+]?(?=[0-9_.]*_)(?=[_.]*[0-9])[0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?$/,
  // Base 60.
  /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/,
  // Exponents that 1.1 reads as numbers only with a point and a sign.
  /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)[eE][0-9]+$/,
  /^[-+]?[0-9]+[eE][-+]?[0-9]+$/,
  // Leading zeros before a point.
  /^[-+]?0[0-9]+\.[0-9]*(?:[eE][-+]?[0-9]+)?$/,
  // Dates and times.
  /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/,
  /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?$/,
  // The merge and the value key.
  /^<<$/,
  /^=$/,
];

export type PlainScalar =
  | { readonly kind: 'value'; readonly value: null | boolean | number | string }
  | { readonly kind: 'ambiguous'; readonly value: string }
  | { readonly kind: 'out-of-range'; readonly value: number };

/** Reads a plain scalar; `out-of-range` is a number that a double cannot hold exactly as written. */
export function readPlain(text: string): PlainScalar {
  if (NULL.test(text)) return { kind: 'value', value: null };
  if (BOOLEAN.test(text)) return { kind: 'value', value: text.toLowerCase() === 'true' };
  if (text.length <= 256 && AMBIGUOUS.some((pattern) => pattern.test(text))) return { kind: 'ambiguous', value: text };
  if (NOT_FINITE.test(text)) return { kind: 'out-of-range', value: 0 };
  if (HEXADECIMAL.test(text)) {
    const value = Number(text);
    return Number.isSafeInteger(value) ? { kind: 'value', value } : { kind: 'out-of-range', value: 0 };
  }
  if (NUMBER.test(text)) return readNumber(text);
  return { kind: 'value', value: text };
}

/** Reads a decimal number; `-0` is `0`. */
export function readNumber(text: string): PlainScalar {
  const value = Number(text);
  if (!Number.isFinite(value) || !isExact(text, value)) return { kind: 'out-of-range', value: 0 };
  return { kind: 'value', value: value === 0 ? 0 : value };
}

/** Whether the shortest decimal of the double is the decimal that was written, and integers are within 2^53. */
function isExact(text: string, value: number): boolean {
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return false;
  const written = decimal(text);
  const kept = decimal(String(value));
  return written.digits === kept.digits && (written.digits === '' || written.exponent === kept.exponent);
}

/** Significant digits without zeros at either end, and the power of ten of the last one. */
function decimal(text: string): { readonly digits: string; readonly exponent: number } {
  const [mantissa = '', power = '0'] = text.replace(/^[-+]/, '').toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const leading = trimZeros(whole + fraction, 'start');
  const digits = trimZeros(leading, 'end');
  return { digits, exponent: Number(power) - fraction.length + (leading.length - digits.length) };
}

/** By hand: `/0+$/` is quadratic on a long run of zeros that something else ends. */
function trimZeros(digits: string, side: 'start' | 'end'): string {
  let start = 0;
  let end = digits.length;
  if (side === 'start') while (start < end && digits[start] === '0') start += 1;
  else while (end > start && digits[end - 1] === '0') end -= 1;
  return digits.slice(start, end);
}
