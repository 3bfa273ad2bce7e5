import { writeFileSync } from 'node:fs';

/*
 * Writes the table of Unicode general categories that patterns use, from the engine that runs it; pinned in the source so that a
 * pattern means the same under every version of Node. Run by hand: node scripts/unicode.mjs
 */

const CATEGORIES = [
  ...['Lu', 'Ll', 'Lt', 'Lm', 'Lo', 'Mn', 'Mc', 'Me', 'Nd', 'Nl', 'No', 'Pc', 'Pd', 'Ps', 'Pe', 'Pi', 'Pf', 'Po'],
  ...['Sm', 'Sc', 'Sk', 'So', 'Zs', 'Zl', 'Zp', 'Cc', 'Cf', 'Cs', 'Co', 'Cn'],
];

const tests = CATEGORIES.map((name) => new RegExp(`^\\p{gc=${name}}$`, 'u'));

function categoryOf(codePoint, guess) {
  const text = String.fromCodePoint(codePoint);
  if (tests[guess]?.test(text) === true) return guess;
  return tests.findIndex((test) => test.test(text));
}

let runs = '';
let current = categoryOf(0, 0);
let start = 0;
for (let codePoint = 1; codePoint <= 0x110000; codePoint += 1) {
  const category = codePoint === 0x110000 ? -1 : categoryOf(codePoint, current);
  if (category !== current) {
    // A character from A to ^ names the category, base 36 in small letters and digits the length (1 where there is none).
    runs += `${String.fromCharCode(65 + current)}${codePoint - start === 1 ? '' : (codePoint - start).toString(36)}`;
    current = category;
    start = codePoint;
  }
}

const lines = [
  '// Written by scripts/unicode.mjs; not edited by hand.',
  `export const UNICODE_VERSION = '${process.versions['unicode'] ?? ''}';`,
  `export const CATEGORIES = '${CATEGORIES.join(' ')}';`,
  `export const RUNS = ${JSON.stringify(runs)};`,
];
writeFileSync(new URL('../src/schema/generated/general-category.ts', import.meta.url), `${lines.join('\n')}\n`);
