import { type CodeSet, codeSet, rangesOf } from './codepoints.ts';
import { CATEGORIES, RUNS } from './generated/general-category.ts';

// UCD PropertyValueAliases.txt, gc: the groups and the long names that ECMA-262 accepts.
const ALIASES: ReadonlyMap<string, string> = new Map(
  [
    'Lu Uppercase_Letter',
    'Ll Lowercase_Letter',
    'Lt Titlecase_Letter',
    'Lm Modifier_Letter',
    'Lo Other_Letter',
    'LC Cased_Letter',
    'L Letter',
    'Mn Nonspacing_Mark',
    'Mc Spacing_Mark',
    'Me Enclosing_Mark',
    'M Mark Combining_Mark',
    'Nd Decimal_Number digit',
    'Nl Letter_Number',
    'No Other_Number',
    'N Number',
    'Pc Connector_Punctuation',
    'Pd Dash_Punctuation',
    'Ps Open_Punctuation',
    'Pe Close_Punctuation',
    'Pi Initial_Punctuation',
    'Pf Final_Punctuation',
    'Po Other_Punctuation',
    'P Punctuation punct',
    'Sm Math_Symbol',
    'Sc Currency_Symbol',
    'Sk Modifier_Symbol',
    'So Other_Symbol',
    'S Symbol',
    'Zs Space_Separator',
    'Zl Line_Separator',
    'Zp Paragraph_Separator',
    'Z Separator',
    'Cc Control cntrl',
    'Cf Format',
    'Cs Surrogate',
    'Co Private_Use',
    'Cn Unassigned',
    'C Other',
  ].flatMap((line) => {
    const names = line.split(' ');
    return names.map((name) => [name, names[0] ?? name] as const);
  }),
);

let table: ReadonlyMap<string, CodeSet> | undefined;

/** The table as sets, two letters each; read once, when the first pattern names a category. */
function categories(): ReadonlyMap<string, CodeSet> {
  if (table !== undefined) return table;
  const names = CATEGORIES.split(' ');
  const ranges = new Map<string, (readonly [number, number])[]>(names.map((name) => [name, []]));
  let next = 0;
  for (const [, letter = '', length = ''] of RUNS.matchAll(/([A-^])([0-9a-z]*)/gu)) {
    const end = next + (length === '' ? 1 : Number.parseInt(length, 36));
    ranges.get(names[letter.charCodeAt(0) - 65] ?? '')?.push([next, end - 1]);
    next = end;
  }
  table = new Map([...ranges].map(([name, list]) => [name, codeSet(list)]));
  return table;
}

/**
 * The code points of a general category under its short or long name (`L`, `Letter`, `Nd`), of the Unicode version that
 * the generated table pins; `undefined` where there is no such category.
 */
export function generalCategory(name: string): CodeSet | undefined {
  const short = ALIASES.get(name);
  if (short === undefined) return undefined;
  const members = short === 'LC' ? ['Lu', 'Ll', 'Lt'] : [...categories().keys()].filter((key) => key.startsWith(short));
  return codeSet(members.flatMap((key) => [...rangesOf(categories().get(key) ?? [])]));
}
