import type { Generator } from './generated.ts';

/** Pinned in the source, so that a pattern means the same under every version of Node. */
const UNICODE_VERSION = '17.0';

const CATEGORIES = 'Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Cs Co Cn'.split(
  ' ',
);

const END = 0x110000;

const engine = process.versions['unicode'] ?? 'none';

/** The table of Unicode general categories that patterns use, read from the engine that runs this. */
export const generalCategory: Generator = {
  name: 'general-category',
  unavailable: engine === UNICODE_VERSION ? undefined : `this Node has Unicode ${engine}, the table ${UNICODE_VERSION}`,
  generate() {
    const lines = [
      '// Written by scripts/generate-general-category.ts; not edited by hand.',
      `export const UNICODE_VERSION = '${UNICODE_VERSION}';`,
      `export const CATEGORIES = '${CATEGORIES.join(' ')}';`,
      `export const RUNS = ${JSON.stringify(runs())};`,
    ];
    return Promise.resolve([{ path: 'src/schema/generated/general-category.ts', text: `${lines.join('\n')}\n` }]);
  },
};

/** Run-length form of all code points: a character from A to ^ names the category, base 36 the length where it is not 1. */
function runs(): string {
  const tests = CATEGORIES.map((name) => new RegExp(`^\\p{gc=${name}}$`, 'u'));
  const categoryOf = (codePoint: number, guess: number): number => {
    const text = String.fromCodePoint(codePoint);
    return tests[guess]?.test(text) === true ? guess : tests.findIndex((test) => test.test(text));
  };
  let text = '';
  let current = categoryOf(0, 0);
  let start = 0;
  for (let codePoint = 1; codePoint <= END; codePoint += 1) {
    const category = codePoint === END ? -1 : categoryOf(codePoint, current);
    if (category === current) continue;
    text += `${String.fromCharCode(65 + current)}${codePoint - start === 1 ? '' : (codePoint - start).toString(36)}`;
    current = category;
    start = codePoint;
  }
  return text;
}
