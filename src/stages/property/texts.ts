import { canonicalJson } from '../../kernel/canonical.ts';
import type { Json } from '../../kernel/json.ts';
import type { RuleTexts } from '../text.ts';

const BRIEF = 120;

function brief(json: Json): string {
  const text = canonicalJson(json);
  return text.length > BRIEF ? `${text.slice(0, BRIEF)}…` : text;
}

export const propertyTexts: RuleTexts<'property'> = {
  'property/undeclared-outcome': {
    title: 'a workflow ends only in ways that its contract declares',
    sentence: ({ outcome }) => `it can end with the error ${outcome}, which contract.yaml does not list under errors`,
    remedy: ({ outcome }) => `catch the failure, or list ${outcome} under errors so that callers know of it`,
  },
  'property/expression-error': {
    title: 'no expression fails on data that its schemas allow',
    sentence: ({ at, detail }) => `an expression of ${at} fails on allowed data: ${detail}`,
    remedy: () => 'guard the operation (`//`, `if … then … else`, `?`), or narrow the schema that lets the value in',
  },
  'property/output-invalid': {
    title: 'every output is valid under the output schema',
    sentence: ({ detail }) => `an output breaks the output schema: ${detail}`,
    remedy: () =>
      'replay the witness to see where the value came from; correct output.as, or the schema if it promises too much',
  },
  'property/arguments-invalid': {
    title: "every call's arguments are valid under the tool's schema",
    sentence: ({ tool, at, detail }) => `${at} calls ${tool} with arguments that its schema refuses: ${detail}`,
    remedy: () =>
      'check or clip the value before the call, or narrow the schema of the input or reply that it comes from',
  },
  'property/outside-capability': {
    title: 'every call stays inside the capabilities of the contract',
    sentence: ({ tool, at, detail }) => `${at} calls ${tool} outside its capability: ${detail}`,
    remedy: () =>
      'check the limit in the workflow before the call and raise an error; or ask for more in contract.yaml, where a maintainer sees it',
  },
  'property/over-budget': {
    title: 'every run stays within its budgets',
    sentence: ({ budget, limit }) =>
      budget === 'steps'
        ? `a run does not end within ${limit} steps of the interpreter`
        : `a run needs more ${budget} than the budget of ${limit}`,
    remedy: ({ budget }) =>
      budget === 'steps'
        ? 'shorten the lists that loops and expressions go through, above all those inside one another; the bound is the same for every workflow'
        : 'bound the loop or the retry (maxItems on the list, limit.attempt.count), or raise the budget in contract.yaml',
  },
  'property/invariant-violated': {
    title: "the author's invariants hold in every generated world",
    sentence: ({ invariant }) => `a generated world breaks the invariant ${invariant}`,
    remedy: () => 'replay the witness; then correct the workflow, or the predicate under invariants in contract.yaml',
  },
  'property/repeated-effect': {
    title: 'an irreversible call happens at most once for one intent',
    sentence: ({ tool, at, how }) => `${at} calls ${tool} a second time for the same intent, ${how}`,
    remedy: () =>
      'give the call an idempotency key that comes from the input or from what is read again, never from a model, a time or a counter of attempts; or ask for approval of that very call',
  },
  'property/called-after-refusal': {
    title: 'what a person declined is not done',
    sentence: ({ tool, at }) => `${at} calls ${tool} with the very arguments that a person has just declined`,
    remedy: () => 'let the handler of the declined approval end the workflow, or go around the call',
  },
  'property/handler-unreached': {
    title: 'every handler catches something',
    sentence: ({ task }) => `no failure of what is inside ${task} is ever caught by it`,
    remedy: () => 'correct the filter under catch.errors or the condition under catch.when, or remove the handler',
  },
  'property/untrusted-interferes': {
    title: 'untrusted data decides about no irreversible or outgoing call',
    sentence: ({ tool, source, left, right }) =>
      `${tool} changes with untrusted data at ${source}: ${brief(left)} or ${brief(right)}`,
    remedy: () =>
      'replay the witness to see both runs side by side; take the value from a trusted source, ask for approval of that very call, or let the tool contract say that untrusted content may leave there',
  },
  'property/secret-interferes': {
    title: 'who is not cleared for a secret sees the same whatever it is',
    sentence: ({ tag, sink, source, left, right }) =>
      `${sink} shows what is tagged ${tag} at ${source}: ${brief(left)} or ${brief(right)}`,
    remedy: () =>
      'replay the witness to see both runs side by side; keep the value and what was decided with it away from that sink, or let the store grant the flow under declassify',
  },
  'property/nondeterministic': {
    title: 'the same world gives the same trace',
    sentence: ({ detail }) => `the workflow is not deterministic: ${detail}`,
    remedy: () => 'do not let the result depend on the order of object members',
  },
  'property/accepts-bad-input': {
    title: 'input outside the schema is refused before anything happens',
    sentence: ({ detail }) => detail,
    remedy: () =>
      'declare input.schema on the workflow itself, with additionalProperties: false, so that nothing runs on other input',
  },
  'property/too-few-worlds': {
    title: 'as much is tried as the store asks',
    sentence: ({ tried, asked, what }) =>
      `only ${tried} of ${asked} ${what} were tried: that is a look, and no level rests on it`,
    remedy: ({ what }) =>
      what === 'worlds'
        ? 'leave --runs away, or set it to no less than limits.worlds in store.yaml; the level is judged then'
        : 'leave --runs away: the attacks are then as many as the store asks for',
  },
  'property/not-generable': {
    title: 'values can be generated for every schema, so that every reply is tested',
    sentence: ({ at, detail }) => `no values can be generated for ${at === '' ? 'the input schema' : at}: ${detail}`,
    remedy: () => 'simplify the schema: contradictory, unbounded or unsupported constraints cannot be tested',
  },
};
