/** What the profile leaves out, by name, and what to write instead. */

const COLLECT = 'an expression here must yield exactly one value: collect them with [ … ]';
const ASSIGN = 'build the new value: `$context + {name: …}`';
const NO_RECURSION = 'name the path to the value; expressions must end on every input';
const NO_WORLD = 'pass it in as workflow input or take it from a tool';
const NO_UNBOUNDED = 'range(n) with a literal n, or map over an array';
const NO_ERRORS = 'a `raise` task, or `?` and `//` for missing values';
const NO_CODING = 'let a tool code or decode it; strings take `+`, split, join, \\( … )';
const NO_TIME = 'take the time from the input or a tool; a run must not depend on a clock';
const NO_PATHS = 'name the path: .a.b, .[$i]';
const NO_REGEX = 'test("…") with a literal pattern, split, join';
const NO_MATH = 'arithmetic with + - * / %, floor';

export const OUTSIDE_COLLECTOR = COLLECT;

/** Words of jq's grammar that begin a construct of no use here. */
export const REFUSED_KEYWORDS: ReadonlyMap<string, string> = new Map([
  ['def', 'write the expression out; functions cannot be defined'],
  ['reduce', 'add, any, all, min, max, map or group_by'],
  ['foreach', 'map, or a `for` task'],
  ['try', 'the operator `?` after the term, and `//` for what to take instead'],
  ['catch', 'the operator `?` after the term, and `//` for what to take instead'],
  ['label', 'first(…) stops at the first value'],
  ['break', 'first(…) stops at the first value'],
  ['import', 'the functions of the profile'],
  ['include', 'the functions of the profile'],
  ['module', 'the functions of the profile'],
]);

/** Operators that update a value in place. */
export const REFUSED_ASSIGNMENTS: ReadonlyMap<string, string> = new Map(
  ['=', '|=', '+=', '-=', '*=', '/=', '%=', '//='].map((operator) => [operator, ASSIGN]),
);

/** Variables that jq sets. */
export const REFUSED_VARIABLES: ReadonlyMap<string, string> = new Map([
  ['ENV', NO_WORLD],
  ['__loc__', 'a literal'],
  ['__prog_args', NO_WORLD],
]);

/** Functions of jq 1.5 to 1.8 and what to write instead. */
const FUNCTIONS: readonly (readonly [string, string])[] = [
  ['recurse recurse_down walk leaf_paths paths tostream fromstream truncate_stream', NO_RECURSION],
  [
    'input inputs input_filename input_line_number env halt halt_error debug stderr get_search_list get_jq_origin get_prog_origin',
    NO_WORLD,
  ],
  [
    'now localtime gmtime mktime strftime strptime strflocaltime todate fromdate date dateadd datesub dateiso8601 fromdateiso8601 todateiso8601',
    NO_TIME,
  ],
  ['while until repeat limit skip combinations nth isempty', NO_UNBOUNDED],
  ['path getpath setpath del delpaths pick map_values', NO_PATHS],
  ['error', NO_ERRORS],
  ['match capture scan splits sub gsub', NO_REGEX],
  ['tojson', 'tostring'],
  [
    'fromjson implode explode ltrimstr rtrimstr trimstr trim ltrim rtrim ascii_upcase ascii format utf8bytelength',
    NO_CODING,
  ],
  ['toarray', 'a schema on the input, so that it is an array'],
  [
    `ceil round sqrt pow log log2 log10 exp exp2 exp10 fabs abs trunc significand logb acos acosh asin asinh atan atan2 atanh cbrt copysign
     cos cosh drem erf erfc expm1 fdim fma fmax fmin fmod frexp gamma hypot j0 j1 jn ldexp lgamma lgamma_r log1p modf nearbyint nextafter
     nexttoward pow10 remainder rint scalb scalbln sin sinh tan tanh tgamma y0 y1 yn`,
    NO_MATH,
  ],
  ['infinite nan isinfinite isnan isnormal isfinite finites normals', 'finite numbers; division by zero is an error'],
  [
    'empty values nulls booleans numbers strings arrays objects iterables scalars scalars_or_empty',
    'select(…) with a comparison, such as select(. != null)',
  ],
  ['sort', 'sort_by(.)'],
  ['reverse', 'sort_by(…), or .[-1] for the end of an array'],
  ['min_by', 'sort_by(…) | first'],
  ['max_by', 'sort_by(…) | last'],
  ['keys_unsorted', 'keys'],
  ['type', 'a schema on the input; == null for absence'],
  ['flatten', '[.[][]] for one level'],
  ['inside', 'contains(…) the other way round'],
  ['IN', 'any(.[]; . == …)'],
  ['INDEX JOIN', 'group_by(…), or from_entries'],
  ['index rindex indices', 'contains(…), or split(…)'],
  ['transpose bsearch', 'map and .[$i]'],
  ['builtins modulemeta have_decnum have_literal_numbers', 'the functions of the profile'],
];

/** Functions of jq that are no functions of the profile. */
export const REFUSED_FUNCTIONS: ReadonlyMap<string, string> = new Map(
  FUNCTIONS.flatMap(([names, instead]) => names.split(/\s+/u).map((name) => [name, instead] as const)),
);
