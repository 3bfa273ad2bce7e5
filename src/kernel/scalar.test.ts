import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDocument as parseWithLibrary } from 'yaml';
import { readNumber, readPlain } from './scalar.ts';

const options = { seed: 20261123, numRuns: 4_000 };

/** What a reader of this version of YAML makes of a plain scalar. */
function resolve(text: string, version: '1.1' | '1.2'): unknown {
  const document = parseWithLibrary(text, {
    version,
    schema: version === '1.1' ? 'yaml-1.1' : 'core',
    logLevel: 'silent',
    merge: false,
  });
  const value: unknown = document.toJS();
  return value instanceof Date ? value.toISOString() : value;
}

const scalar = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'0123456789.+-eE_:xobTZ'.split('')), minLength: 1, maxLength: 10 }),
  fc.constantFrom(
    'yes',
    'Yes',
    'YES',
    'no',
    'on',
    'ON',
    'off',
    'y',
    'Y',
    'n',
    'N',
    'true',
    'True',
    'TRUE',
    'null',
    'Null',
    'NULL',
    '~',
    'oN',
    'nO',
  ),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc
    .date({ noInvalidDate: true, min: new Date('1000-01-01'), max: new Date('9999-12-31') })
    .map((date) => date.toISOString().slice(0, 10)),
  fc.float({ noNaN: true }).map(String),
  fc.integer().map((n) => n.toString(8).padStart(3, '0')),
);

describe('readPlain', () => {
  it('gives a value only where YAML 1.1 and 1.2 agree, and then that value', () => {
    fc.assert(
      fc.property(scalar, (text) => {
        const read = readPlain(text);
        // Not plain scalars.
        if (/^[-:?] ?(?!\d|\.\d)|:$/.test(text)) return;
        const [old, current] = [resolve(text, '1.1'), resolve(text, '1.2')];
        // Words such as `e0` or `.`, which only this library's YAML 1.1 takes for numbers.
        if (Number.isNaN(old)) return;
        if (read.kind !== 'value') return;
        const value = current === 0 ? 0 : current;
        expect({ text, ours: read.value, old: old === 0 ? 0 : old }).toEqual({ text, ours: value, old: value });
      }),
      options,
    );
  });

  it.each([
    'yes',
    'No',
    'on',
    'OFF',
    'y',
    'N',
    '020',
    '0o17',
    '0b11',
    '1_000',
    '1:20',
    '190:20:30',
    '1e3',
    '1.5e3',
    '2026-11-23',
    '2026-11-23T10:00:00Z',
    '<<',
    '=',
    '-0x1f',
    '007',
  ])('calls %s ambiguous', (text) => {
    expect(readPlain(text).kind).toBe('ambiguous');
  });

  it.each([
    '9007199254740993',
    '1e400',
    '.inf',
    '-.INF',
    '.nan',
    '0.1234567890123456789',
    '0x20000000000001',
    '100000000000000000000',
  ])('calls %s out of range', (text) => {
    expect(['out-of-range', 'ambiguous']).toContain(readPlain(text).kind);
  });

  it.each([
    ['', null],
    ['~', null],
    ['null', null],
    ['true', true],
    ['FALSE', false],
    ['0', 0],
    ['-0', 0],
    ['-17', -17],
    ['0.1', 0.1],
    ['+1.50', 1.5],
    ['1.5e+3', 1500],
    ['0xff', 255],
    ['1.2.3', '1.2.3'],
    ['2026.8.31', '2026.8.31'],
    ['nobody', 'nobody'],
    ['onward', 'onward'],
    ['PT1H', 'PT1H'],
  ])('reads %j as %j', (text, value) => {
    expect(readPlain(text)).toEqual({ kind: 'value', value });
  });
});

describe('readNumber', () => {
  it('takes every number as JSON writes it', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        const safe = !Number.isInteger(number) || Number.isSafeInteger(number);
        expect(readNumber(JSON.stringify(number))).toEqual(
          safe ? { kind: 'value', value: number === 0 ? 0 : number } : { kind: 'out-of-range', value: 0 },
        );
      }),
      options,
    );
  });

  it('refuses a decimal that a double does not keep', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 10n ** 17n, max: 10n ** 25n }), (digits) => {
        const text = `0.${digits}`;
        const kept = Number(text).toString() === text.replace(/0+$/, '');
        expect(readNumber(text).kind).toBe(kept ? 'value' : 'out-of-range');
      }),
      options,
    );
  });
});
