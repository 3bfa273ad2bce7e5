import type { RuleTexts } from '../text.ts';

export const structureTexts: RuleTexts<'structure'> = {
  'structure/unreadable-file': {
    title: 'every file of a store can be read',
    sentence: ({ detail }) => `this file cannot be read: ${detail}`,
    remedy: () => 'make it a regular file that everybody may read, or remove it',
  },
  'structure/file-too-large': {
    title: 'files are small enough to be read by people and tools',
    sentence: ({ bytes, limit }) => `this file has ${bytes} bytes, and the limit is ${limit}`,
    remedy: () => 'shorten it: split a long case into several files under tests/, and keep data out of the workflow',
  },
  'structure/not-a-regular-file': {
    title: 'a store holds regular files and folders only',
    sentence: ({ kind }) =>
      kind === 'file'
        ? 'a file stands here, and a folder should'
        : `this is ${WHAT_STANDS.get(kind) ?? kind}, not a regular file`,
    remedy: ({ kind }) =>
      kind === 'file'
        ? 'move the file away'
        : 'put a copy of the file in its place; links and special files are never followed',
  },
  'structure/invalid-text': {
    title: 'files are UTF-8 text without control characters',
    sentence: ({ detail }) => `this is no clean UTF-8 text: ${detail}`,
    remedy: () =>
      'save the file as UTF-8 and remove the character, or write it as an escape such as "\\u0007" in double quotes where it is data',
  },
  'structure/hidden-character': {
    title: 'every character of a file can be seen',
    sentence: ({ codepoint }) =>
      `${codepoint} stands here, which is invisible or changes the order in which the text is shown`,
    remedy: ({ codepoint }) =>
      `remove it; where it is data, write it as the escape ${escapeOf(codepoint)} in double quotes`,
  },
  'structure/yaml-syntax': {
    title: 'files can be parsed',
    sentence: ({ detail }) => `this cannot be parsed: ${detail}`,
    remedy: () =>
      'correct it here; one YAML 1.2 document to a file, indented by spaces, with strings that hold ": " or " #" in quotes',
  },
  'structure/yaml-ambiguous': {
    title: 'no word or number means one thing in YAML 1.1 and another in YAML 1.2',
    sentence: ({ text }) => `YAML 1.1 and YAML 1.2 read "${text}" differently`,
    remedy: ({ text }) => `write '${text}' in quotes if it is text, else true, false or a plain decimal number`,
  },
  'structure/yaml-tag': {
    title: 'YAML tags are not used',
    sentence: ({ tag }) => `the tag ${tag} changes how the value is read`,
    remedy: () => 'remove the tag; quote the value if it is meant to be a string',
  },
  'structure/yaml-alias': {
    title: 'anchors and aliases are few and go nowhere in circles',
    sentence: ({ detail }) => `an anchor or alias is refused: ${detail}`,
    remedy: () => 'write the value out where it is used',
  },
  'structure/duplicate-key': {
    title: 'a key stands once in a mapping',
    sentence: ({ key }) => `the key "${key}" stands here for the second time in one mapping`,
    remedy: () => 'remove one of the two, or rename it; two tools could each keep another one',
  },
  'structure/too-deep': {
    title: 'data is nested to a bounded depth',
    sentence: ({ limit }) => `this is nested deeper than ${limit} levels`,
    remedy: () => 'flatten the data, or move a part of the workflow into one that it runs',
  },
  'structure/too-many-nodes': {
    title: 'files hold a bounded number of values',
    sentence: ({ limit }) => `the file holds more than ${limit} values, with all that is reused written out`,
    remedy: () => 'split it, or take the bulk of the data out',
  },
  'structure/reserved-name': {
    title: 'no name has a second meaning downstream',
    sentence: ({ name }) => `the name ${name} has a meaning of its own to JavaScript or to Cedar`,
    remedy: () => 'choose another name',
  },
  'structure/number-out-of-range': {
    title: 'every number is kept exactly as it is written',
    sentence: ({ text }) => `the number ${text} cannot be kept exactly`,
    remedy: () =>
      'use an integer within 2^53 or a decimal of at most 15 digits; write an identifier as a string, in quotes',
  },
  'structure/missing-file': {
    title: 'the files that a store and a workflow are made of are there',
    sentence: ({ path }) => `${path} is missing`,
    remedy: ({ path }) =>
      path === 'store.yaml'
        ? 'give the folder that holds store.yaml as the first argument, or write one (docs/formats.md)'
        : `add ${path}; proofmark new writes a workflow with all of its files`,
  },
  'structure/unexpected-file': {
    title: 'a store holds nothing that is not checked',
    sentence: ({ path }) => `${path} has no place in a store`,
    remedy: () => 'move or remove it; a workflow folder holds workflow.yaml, contract.yaml, README.md and tests/*.yaml',
  },
  'structure/unknown-key': {
    title: 'every key has a meaning',
    sentence: ({ key }) => `the key "${key}" has no meaning here`,
    remedy: ({ suggestion }) =>
      suggestion === null
        ? 'remove it; notes go into a comment or into document.metadata'
        : `write ${suggestion}, or remove it`,
  },
  'structure/missing-key': {
    title: 'every key that must be there is there',
    sentence: ({ key }) => `the key ${key} is missing`,
    remedy: ({ key }) => `add ${key}`,
  },
  'structure/wrong-type': {
    title: 'values have the type that their key asks for',
    sentence: ({ expected, found }) => `expected ${expected}, found ${found}`,
    remedy: ({ expected }) =>
      `give it the type ${expected}; quotes make a string of what looks like a number or a word such as true`,
  },
  'structure/invalid-value': {
    title: 'values are among those that their key allows',
    sentence: ({ detail }) => `this value is not allowed: ${detail}`,
    remedy: ({ fix }) => fix ?? 'write a value that fits; docs/formats.md lists what each key takes',
  },
  'structure/bad-name': {
    title: 'names are lowercase ASCII letters, digits and hyphens',
    sentence: ({ name }) => `"${name}" is not a name`,
    remedy: () =>
      'use 1 to 63 lowercase ASCII letters, digits and inner hyphens, such as pay-invoice; tasks and variables begin with a letter',
  },
  'structure/look-alike-name': {
    title: 'no name can be mistaken for that of another owner',
    sentence: ({ name, existing }) => `${name} can be mistaken for ${existing}, which belongs to another owner`,
    remedy: () => 'choose a name that differs by more than one letter or look-alike',
  },
  'structure/identity-mismatch': {
    title: 'a document names itself as its path does, and an error as its type does',
    sentence: ({ field, expected, found }) => `${field} is "${found}" and should be "${expected}"`,
    remedy: ({ expected }) => `write ${expected}, or rename what it should be equal to`,
  },
  'structure/namespace-unowned': {
    title: 'every namespace has an owner',
    sentence: ({ namespace }) => `store.yaml names no owner of the namespace ${namespace}`,
    remedy: ({ namespace }) =>
      `ask a maintainer to add ${namespace} under namespaces in store.yaml, or use a namespace that is yours`,
  },
  'structure/empty-store': {
    title: 'a store holds at least one workflow',
    sentence: ({ detail }) => `there is nothing to verify: ${detail}`,
    remedy: () => 'start a workflow with proofmark new <namespace>/<name>, or give the folder that holds store.yaml',
  },
  'structure/ows-schema': {
    title: 'a workflow is valid under the Open Workflow Specification 1.0.3',
    sentence: ({ detail }) => `the Open Workflow Specification 1.0.3 does not allow this: ${detail}`,
    remedy: () => 'correct it as the reference of the specification says',
  },
  'structure/unsupported-task': {
    title: 'a workflow uses only tasks whose effects can be checked',
    sentence: ({ keyword }) => `${keyword} is outside the profile: what it does cannot be checked`,
    remedy: ({ instead }) => `instead: ${instead}`,
  },
  'structure/unsupported-feature': {
    title: 'a workflow uses only features whose meaning can be checked',
    sentence: ({ feature }) => `${feature} is outside the profile`,
    remedy: ({ instead }) => `instead: ${instead}`,
  },
  'structure/floating-version': {
    title: 'versions are exact',
    sentence: ({ text }) => `"${text}" names no exact version`,
    remedy: () => 'write one version in full, such as 1.2.3: no range, no tag such as latest',
  },
  'structure/literal-credential': {
    title: 'no credential stands in a file',
    sentence: ({ kind }) => `this looks like a credential: ${kind}`,
    remedy: () =>
      'revoke it if it was ever real; declare a binding in tools/<server>.yaml and write ${ $secrets.NAME } in the transport',
  },
  'structure/unknown-function': {
    title: 'every function that is called is in the catalog',
    sentence: ({ name }) => `there is no function ${name}`,
    remedy: ({ suggestion }) =>
      `write ${suggestion ?? 'infer:1.0.0@proofmark for a model call or approve:1.0.0@proofmark for an approval'}`,
  },
  'structure/unknown-tool': {
    title: 'every tool has a contract',
    sentence: ({ name }) => `no tool contract describes ${name}`,
    remedy: ({ suggestion }) =>
      suggestion === null
        ? 'name a tool of tools/<server>.yaml; a new contract is merged by a maintainer first'
        : `write ${suggestion}`,
  },
  'structure/unknown-server': {
    title: 'every MCP call belongs to a server with a contract',
    sentence: ({ detail }) => `this call reaches no server that the store knows: ${detail}`,
    remedy: () => 'copy the transport from tools/<server>.yaml exactly; a new contract is merged by a maintainer first',
  },
  'structure/unknown-error': {
    title: 'every error that is named is defined',
    sentence: ({ name }) => `there is no error ${name}`,
    remedy: ({ name, suggestion }) =>
      suggestion === null || suggestion === name
        ? `define ${name} under use.errors in workflow.yaml, with a literal type that ends in /${name} and a status`
        : `write ${suggestion}, or define ${name} under use.errors`,
  },
  'structure/unknown-reference': {
    title: 'every name that is used is defined',
    sentence: ({ kind, name }) => `there is no ${kind} ${name}`,
    remedy: ({ kind, name, suggestion }) =>
      suggestion === null ? `define the ${kind} ${name}, or name one that exists` : `write ${suggestion}`,
  },
  'structure/then-target': {
    title: '`then` names a task of its own list',
    sentence: ({ target }) => `then: ${target} names no task of this list`,
    remedy: ({ suggestion }) => `write ${suggestion ?? 'the name of a task beside this one, or continue, exit or end'}`,
  },
  'structure/then-cycle': {
    title: '`then` goes forward only, so that a workflow ends',
    sentence: ({ target }) => `then: ${target} goes back, so the tasks between could run for ever`,
    remedy: () => 'repeat with `for` over a list of bounded length, or with the retry of a `try`',
  },
  'structure/unreachable-task': {
    title: 'every task can be reached',
    sentence: ({ task }) => `nothing leads to the task ${task}`,
    remedy: () => 'remove the task, or let a `then` before it lead to it',
  },
  'structure/recursion': {
    title: 'no workflow runs itself, directly or through others',
    sentence: ({ path }) => `a workflow runs itself: ${path}`,
    remedy: () => 'break the circle; repeat with `for` over a list of bounded length',
  },
  'structure/expression-syntax': {
    title: 'every expression can be parsed',
    sentence: ({ source, offset, length, detail }) =>
      `the expression cannot be read at ${fragment(source, offset, length)}: ${detail}`,
    remedy: () =>
      'correct the expression here; it is jq, and an object inside one needs its own braces, as in ${ { a: 1 } }',
  },
  'structure/expression-unsupported': {
    title: 'expressions stay inside the total subset of jq',
    sentence: ({ construct }) => `the expression uses ${construct}, which is outside the jq profile`,
    remedy: ({ instead }) => `instead: ${instead}`,
  },
  'structure/unknown-variable': {
    title: 'every variable of an expression is defined where it is used',
    sentence: ({ name }) => `the variable ${dollar(name)} is not defined here`,
    remedy: ({ suggestion }) =>
      suggestion === null
        ? 'bind it with `as`, or use what is in scope: $context, $input, and the names of an enclosing for or catch'
        : `write ${dollar(suggestion)}`,
  },
  'structure/literal-expression': {
    title: 'what reads as an expression is one',
    sentence: ({ text }) => `this is the text "${text}": without ${dollar('{ }')} around it nothing is evaluated`,
    remedy: ({ text }) => `write '${dollar(`{ ${text} }`)}', or other words if text is meant`,
  },
  'structure/schema-invalid': {
    title: 'every schema is a valid JSON Schema',
    sentence: ({ detail }) => `this is not a valid JSON Schema: ${detail}`,
    remedy: () => 'correct the keyword as draft 2020-12 says; draft-07 is read where $schema names it',
  },
  'structure/schema-open': {
    title: 'schemas are closed and bounded',
    sentence: ({ detail }) => `the schema lets in more than it describes: ${detail}`,
    remedy: () =>
      'say what else may be there and how much: additionalProperties: false on objects, items and maxItems on lists, maxLength or enum on strings, minimum and maximum on numbers',
  },
  'structure/schema-remote-ref': {
    title: 'a schema is complete in itself',
    sentence: ({ ref }) => `$ref: ${ref} leads out of the schema, and nothing is fetched`,
    remedy: () => "copy the schema it names under $defs and write $ref: '#/$defs/<name>'",
  },
  'structure/schema-unsupported': {
    title: 'every schema keyword has a meaning that all parts share',
    sentence: ({ keyword }) => `the schema keyword ${keyword} has no meaning here`,
    remedy: ({ suggestion }) =>
      suggestion === null
        ? 'remove it, or say the same with keywords of the draft 2020-12 core, applicator and validation vocabularies'
        : `write ${suggestion}`,
  },
  'structure/schema-too-large': {
    title: 'validating a value is bounded work',
    sentence: ({ detail }) => `the schema is too large: ${detail}`,
    remedy: () => 'flatten nested anyOf, allOf and $ref, and shorten lists of alternatives',
  },
  'structure/pattern-unsafe': {
    title: 'patterns are matched in linear time and mean one thing',
    sentence: ({ pattern, detail }) => `the pattern ${pattern} is refused: ${detail}`,
    remedy: () =>
      'anchor it by ^ and $, without backreferences, lookaround only next to them, with small repetition counts',
  },
  'structure/risk-too-low': {
    title: 'the declared risk is at least what the workflow can do',
    sentence: ({ declared, floor, because }) =>
      `the contract declares risk ${declared}, and it is ${floor}: ${because}`,
    remedy: ({ floor }) => `write risk: ${floor}, or take away what makes it ${floor}`,
  },
  'structure/capability-unused': {
    title: 'a contract asks for no authority that the workflow does not use',
    sentence: ({ tool }) => `the contract asks for ${tool}, and no task calls it`,
    remedy: ({ tool }) => `remove the capability for ${tool}`,
  },
  'structure/undeclared-tool': {
    title: 'every tool that is called is a declared capability',
    sentence: ({ tool }) => `${tool} is used and not among the capabilities of contract.yaml`,
    remedy: ({ tool }) =>
      `add "- tool: ${tool}" under capabilities in contract.yaml, as narrow as the workflow allows, or remove the task`,
  },
  'structure/undeclared-error': {
    title: 'every error that is raised is declared',
    sentence: ({ error }) => `${error} is raised and not listed under errors in contract.yaml`,
    remedy: ({ error }) => `list ${error} under errors in contract.yaml so that callers know of it, or catch it`,
  },
  'structure/unused-error': {
    title: 'a contract lists no error that the workflow cannot end with',
    sentence: ({ error }) => `the contract lists the error ${error}, and no run can end with it`,
    remedy: ({ error }) => `remove ${error} from errors in contract.yaml`,
  },
  'structure/tag-unknown': {
    title: 'every secrecy tag is one of store.yaml',
    sentence: ({ tag }) => `there is no secrecy tag ${tag}`,
    remedy: ({ tag, suggestion }) =>
      suggestion === null
        ? `use a tag that store.yaml lists under secrecy, or ask a maintainer to add ${tag}`
        : `write ${suggestion}`,
  },
  'structure/call-arguments': {
    title: 'the arguments of a call fit the schema of its tool',
    sentence: ({ tool, detail }) => `the arguments for ${tool} do not fit its schema: ${detail}`,
    remedy: ({ tool, suggestion }) =>
      suggestion === null ? `give exactly the arguments that ${tool} declares as its input` : `write ${suggestion}`,
  },
  'structure/unknown-member': {
    title: 'every member that an expression reads can be there',
    sentence: ({ name, at, has, source }) =>
      `${name} is read at ${at} and is never there: the value has ${has === '' ? 'no members' : `only ${has}`}${cameFrom(source)}`,
    remedy: ({ suggestion }) =>
      suggestion === null
        ? 'read a member that is there, or let the schema where the value comes from declare this one'
        : `write ${suggestion}`,
  },
  'structure/operation-fails': {
    title: 'no operation fails on every value that can come to it',
    sentence: ({ detail, source }) => `this fails whenever it is evaluated: ${detail}${cameFrom(source)}`,
    remedy: ({ fix }) => fix ?? 'convert the value first, or correct the schema where it comes from',
  },
  'structure/constant-comparison': {
    title: 'every comparison can come out either way',
    sentence: ({ holds, left, right, source }) =>
      `this is always ${holds}: on the left stands ${left}, on the right ${right}${cameFrom(source)}`,
    remedy: ({ suggestion, holds }) =>
      suggestion === null
        ? `compare what can be equal or unequal, or leave out what is never ${holds ? 'false' : 'true'}`
        : `write ${suggestion}`,
  },
  'structure/unreachable-arm': {
    title: 'every condition can let somebody through',
    sentence: ({ kind, name, why }) =>
      kind === 'catch' ? `the catch of ${name} never catches: ${why}` : `the ${kind} ${name} is never reached: ${why}`,
    remedy: ({ kind }) => `correct the condition, or remove the ${kind}`,
  },
  'structure/never-valid': {
    title: 'every schema takes some value of those that come to it',
    sentence: ({ path, detail, schema, source }) =>
      `this is never valid under the schema at ${schema}: ${path === '' ? '' : `${path}: `}${detail}${cameFrom(source)}`,
    remedy: ({ suggestion }) =>
      suggestion === null
        ? 'change the expression so that it yields what the schema asks for, or correct the schema'
        : `write ${suggestion}`,
  },
  'structure/policy-invalid': {
    title: 'every policy is valid Cedar with an id, a title, a rationale and a reference',
    sentence: ({ policy, detail }) =>
      `${policy === '' ? 'this policy' : `the policy ${policy}`} is not valid: ${detail}`,
    remedy: () => 'correct the policy; actions, servers and context have the types that the tool contracts give them',
  },
  'structure/grant-unbounded': {
    title: 'a declassification says what may flow, and that is little',
    sentence: ({ secrecy, at }) =>
      `what store.yaml lets flow of ${secrecy} at ${at === '' ? 'the whole' : at} is bounded by nothing: \`as\` allows more than a few words`,
    remedy: () =>
      'say in `as` exactly what may flow: an enum or a const, a number between bounds, a boolean, a short string with a pattern, a closed object of these',
  },
  'structure/waiver-expired': {
    title: 'waivers are in force',
    sentence: ({ rule, until }) => `the waiver of ${rule} ended on ${until}`,
    remedy: ({ rule }) => `fix what breaks ${rule} and remove the waiver, or let a maintainer prolong it with a reason`,
  },
};

/** Where a value comes from, as the end of a sentence. */
function cameFrom(source: string): string {
  return source === '' ? '' : `; it is ${source}`;
}

const WHAT_STANDS: ReadonlyMap<string, string> = new Map([
  ['link', 'a symbolic link'],
  ['directory', 'a directory'],
  ['other', 'a pipe, socket, device or other special file'],
]);

/** What an expression says at a place, short enough for a sentence. */
function fragment(source: string, offset: number, length: number): string {
  const text = source.slice(offset, offset + Math.min(Math.max(length, 1), 40));
  return text.trim() === '' ? 'its end' : `"${text}"`;
}

function dollar(name: string): string {
  return name.startsWith('$') ? name : `$${name}`;
}

/** `U+202E` as an escape of YAML and JSON: `\u202E`; `\U000E0041` (YAML only) beyond the basic plane. */
function escapeOf(codepoint: string): string {
  const digits = codepoint.slice(2);
  return digits.length > 4 ? `\\U${digits.padStart(8, '0')}` : `\\u${digits}`;
}
