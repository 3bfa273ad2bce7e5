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
  ['import', 'the functions of the profile only'],
  ['include', 'the functions of the profile only'],
  ['module', 'the functions of the profile only'],
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

const FUNCTIONS: readonly (readonly [string, string])[] = [
  ['recurse recurse_down walk env_recurse leaf_paths paths tostream fromstream truncate_stream getpath_recurse', NO_RECURSION],
  ['input inputs input_filename input_line_number env halt halt_error debug stderr get_search_list $__prog_args', NO_WORLD],
  ['now localtime gmtime mktime strftime strptime strflocaltime todate fromdate date dateadd datesub dateiso8601 fromdateiso8601 todateiso8601', NO_TIME],
  ['while until repeat limit skip combinations nth isempty', NO_UNBOUNDED],
  ['path getpath setpath del delpaths to_paths pick map_values', NO_PATHS],
  ['error', NO_ERRORS],
  ['match capture scan splits sub gsub ascii @sh', NO_REGEX],
  ['tojson fromjson implode explode ltrimstr rtrimstr trimstr trim ltrim rtrim @base64 ascii_upcase toarray', NO_CODING],
  ['ceil round sqrt pow log log2 log10 exp exp2 exp10 fabs abs trunc significand logb gamma lgamma tgamma frexp modf ldexp sin cos tan', NO_MATH],
  ['infinite nan isinfinite isnan isnormal isvalid isfinite finites normals', 'finite numbers; division by zero is an error'],
  ['empty values nulls booleans numbers strings arrays objects iterables scalars', 'select(…) with a comparison, such as select(. != null)'],
  ['sort', 'sort_by(.)'],
  ['reverse', 'sort_by(…), or last and .[-1] for the end of an array'],
  ['min_by', 'sort_by(…) | first'],
  ['max_by', 'sort_by(…) | last'],
  ['keys_unsorted', 'keys'],
  ['type', 'a schema on the input; compare with == null for absence'],
  ['flatten', '[.[][]] for one level'],
  ['inside', 'contains(…) the other way round'],
  ['IN', 'any(.[]; . == …)'],
  ['INDEX', 'group_by(…), or from_entries'],
  ['GROUP_BY', 'group_by(…)'],
  ['index rindex indices', 'contains(…), or split(…)'],
  ['transpose bsearch', 'map and .[$i]'],
  ['tojson', 'tostring'],
  ['splits', 'split("…")'],
  ['getpath', '.[$key]'],
  ['ltrimstr', 'split("…") and .[1:]'],
  ['builtins input_line_number modulemeta get_search_list SQL getpath/1', 'the functions of the profile only'],
  ['ascii', NO_CODING],
  ['add_by limit_by sum', 'map(…) | add'],
  ['count size', 'length'],
  ['lower downcase lowercase', 'ascii_downcase'],
  ['avg average mean', 'add / length'],
];

/** Functions of jq that are no functions of the profile. */
export const REFUSED_FUNCTIONS: ReadonlyMap<string, string> = new Map(
  FUNCTIONS.flatMap(([names, instead]) => names.split(' ').map((name) => [name, instead] as const)),
);
