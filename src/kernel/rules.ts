import type { Json } from './json.ts';

/**
 * Every rule and the data its sentence is made of. A rule's id is `<stage>/<name>`; its sentence, remedy and page live in
 * `stages/<stage>/`, in records that the compiler checks against this interface. Data is attacker's text: bounded by who
 * reports it, encoded by who shows it.
 */
export interface RuleData {
  // structure: files and YAML
  'structure/unreadable-file': { readonly detail: string };
  'structure/file-too-large': { readonly bytes: number; readonly limit: number };
  'structure/not-a-regular-file': { readonly kind: string };
  'structure/invalid-text': { readonly detail: string };
  'structure/hidden-character': { readonly codepoint: string };
  'structure/yaml-syntax': { readonly detail: string };
  'structure/yaml-ambiguous': { readonly text: string };
  'structure/yaml-tag': { readonly tag: string };
  'structure/yaml-alias': { readonly detail: string };
  'structure/duplicate-key': { readonly key: string };
  'structure/too-deep': { readonly limit: number };
  'structure/too-many-nodes': { readonly limit: number };
  'structure/reserved-name': { readonly name: string };
  'structure/number-out-of-range': { readonly text: string };
  // structure: shape of our files
  'structure/missing-file': { readonly path: string };
  'structure/unexpected-file': { readonly path: string };
  'structure/unknown-key': { readonly key: string; readonly suggestion: string | null };
  'structure/missing-key': { readonly key: string };
  'structure/wrong-type': { readonly expected: string; readonly found: string };
  'structure/invalid-value': { readonly detail: string; readonly fix?: string };
  'structure/bad-name': { readonly name: string };
  'structure/look-alike-name': { readonly name: string; readonly existing: string };
  'structure/identity-mismatch': { readonly field: string; readonly expected: string; readonly found: string };
  'structure/namespace-unowned': { readonly namespace: string };
  'structure/empty-store': { readonly detail: string };
  // structure: the workflow language
  'structure/ows-schema': { readonly detail: string };
  'structure/unsupported-task': { readonly keyword: string; readonly instead: string };
  'structure/unsupported-feature': { readonly feature: string; readonly instead: string };
  'structure/floating-version': { readonly text: string };
  'structure/literal-credential': { readonly kind: string };
  'structure/unknown-function': { readonly name: string; readonly suggestion: string | null };
  'structure/unknown-tool': { readonly name: string; readonly suggestion: string | null };
  'structure/unknown-server': { readonly detail: string };
  'structure/unknown-error': { readonly name: string; readonly suggestion: string | null };
  'structure/unknown-reference': { readonly kind: string; readonly name: string; readonly suggestion: string | null };
  'structure/then-target': { readonly target: string; readonly suggestion: string | null };
  'structure/then-cycle': { readonly target: string };
  'structure/unreachable-task': { readonly task: string };
  'structure/recursion': { readonly path: string };
  'structure/expression-syntax': {
    readonly source: string;
    readonly offset: number;
    readonly length: number;
    readonly detail: string;
  };
  'structure/expression-unsupported': {
    readonly source: string;
    readonly offset: number;
    readonly length: number;
    readonly construct: string;
    readonly instead: string;
  };
  'structure/unknown-variable': {
    readonly source: string;
    readonly offset: number;
    readonly length: number;
    readonly name: string;
    readonly suggestion: string | null;
  };
  'structure/literal-expression': { readonly text: string };
  // structure: what the types of schemas say of expressions; `source` is where the value comes from, or empty
  'structure/unknown-member': {
    readonly name: string;
    readonly at: string;
    readonly has: string;
    readonly source: string;
    readonly suggestion: string | null;
  };
  'structure/operation-fails': { readonly detail: string; readonly fix: string | null; readonly source: string };
  'structure/constant-comparison': {
    readonly holds: boolean;
    readonly left: string;
    readonly right: string;
    readonly source: string;
    readonly suggestion: string | null;
  };
  'structure/unreachable-arm': { readonly kind: 'arm' | 'task' | 'catch'; readonly name: string; readonly why: string };
  'structure/never-valid': {
    readonly path: string;
    readonly detail: string;
    readonly schema: string;
    readonly source: string;
    readonly suggestion: string | null;
  };
  // structure: schemas
  'structure/schema-invalid': { readonly detail: string };
  'structure/schema-open': { readonly detail: string };
  'structure/schema-remote-ref': { readonly ref: string };
  'structure/schema-unsupported': { readonly keyword: string; readonly suggestion: string | null };
  'structure/schema-too-large': { readonly detail: string };
  'structure/pattern-unsafe': { readonly pattern: string; readonly detail: string };
  // structure: contract against workflow and law
  'structure/risk-too-low': { readonly declared: string; readonly floor: string; readonly because: string };
  'structure/capability-unused': { readonly tool: string };
  'structure/undeclared-tool': { readonly tool: string };
  'structure/undeclared-error': { readonly error: string };
  'structure/unused-error': { readonly error: string };
  'structure/tag-unknown': { readonly tag: string; readonly suggestion: string | null };
  'structure/call-arguments': { readonly tool: string; readonly detail: string; readonly suggestion: string | null };
  'structure/policy-invalid': { readonly policy: string; readonly detail: string };
  'structure/grant-unbounded': { readonly secrecy: string; readonly at: string };
  'structure/waiver-expired': { readonly rule: string; readonly until: string };
  // functional
  'functional/no-cases': { readonly workflow: string };
  'functional/case-failed': {
    readonly case: string;
    readonly what: string;
    readonly expected: Json;
    readonly actual: Json;
  };
  /** `misplaced`: a key of `replies` that names no task, and was probably meant for this one. */
  'functional/reply-missing': { readonly case: string; readonly at: string; readonly misplaced: string | null };
  'functional/reply-unused': { readonly case: string; readonly at: string };
  'functional/reply-invalid': { readonly case: string; readonly at: string; readonly detail: string };
  'functional/input-invalid': { readonly case: string; readonly detail: string };
  'functional/call-refused': { readonly case: string; readonly at: string; readonly because: string };
  'functional/task-unreached': { readonly task: string };
  'functional/arm-unreached': { readonly task: string; readonly arm: string };
  'functional/invariant-violated': { readonly case: string; readonly invariant: string };
  'functional/invariant-vacuous': { readonly invariant: string };
  'functional/mutants-survive': {
    readonly mutants: number;
    readonly killed: number;
    readonly share: number;
    readonly alive: readonly { readonly operator: string; readonly at: string }[];
  };
  // property
  'property/undeclared-outcome': { readonly outcome: string };
  'property/expression-error': { readonly at: string; readonly detail: string };
  'property/output-invalid': { readonly detail: string };
  'property/arguments-invalid': { readonly tool: string; readonly at: string; readonly detail: string };
  'property/outside-capability': { readonly tool: string; readonly at: string; readonly detail: string };
  'property/over-budget': { readonly budget: string; readonly limit: number };
  'property/invariant-violated': { readonly invariant: string };
  'property/repeated-effect': { readonly tool: string; readonly at: string; readonly how: string };
  'property/called-after-refusal': { readonly tool: string; readonly at: string };
  'property/handler-unreached': { readonly task: string };
  'property/untrusted-interferes': {
    readonly tool: string;
    readonly at: string;
    readonly source: string;
    readonly left: Json;
    readonly right: Json;
  };
  'property/secret-interferes': {
    readonly tag: string;
    readonly sink: string;
    readonly at: string;
    readonly source: string;
    readonly left: Json;
    readonly right: Json;
  };
  'property/nondeterministic': { readonly detail: string };
  'property/accepts-bad-input': { readonly detail: string };
  'property/too-few-worlds': { readonly tried: number; readonly asked: number; readonly what: 'worlds' | 'attacks' };
  'property/not-generable': { readonly at: string; readonly detail: string };
  // adversarial
  'adversarial/goal-reached': { readonly fixture: string; readonly goal: string; readonly at: string };
  'adversarial/hijack-goal-reached': { readonly goal: string; readonly at: string };
  // compatibility
  'compatibility/version-bump': {
    readonly from: string;
    readonly to: string;
    readonly needed: string;
    readonly because: string;
    readonly witness: Json;
  };
  'compatibility/version-not-newer': { readonly from: string; readonly to: string };
  'compatibility/released-changed': { readonly version: string };
  'compatibility/undecided': { readonly detail: string };
  'compatibility/authority-unproved': {
    readonly from: string;
    readonly action: string;
    readonly at: string;
    readonly why: string;
  };
  'compatibility/release-unreadable': { readonly version: string; readonly detail: string };
  // policy
  'policy/denied': {
    readonly action: string;
    readonly at: string;
    readonly policies: readonly string[];
    readonly why: string;
  };
  'policy/error': { readonly action: string; readonly at: string; readonly policy: string; readonly detail: string };
  'policy/can-err': {
    readonly policy: string;
    readonly action: string;
    readonly detail: string;
    /** What of the context the policy reads, where a request is known that shows it. */
    readonly request: Json;
  };
  'policy/never-applies': { readonly policy: string };
  'policy/engines-disagree': {
    readonly action: string;
    readonly at: string;
    readonly ours: string;
    readonly cedar: string;
  };
  'policy/never-exercised': { readonly tool: string };
  'policy/unproved': { readonly action: string; readonly at: string; readonly kind: string; readonly why: string };
}

export type RuleId = keyof RuleData;
export type Stage = 'structure' | 'functional' | 'property' | 'adversarial' | 'compatibility' | 'policy';
export const STAGES: readonly Stage[] = [
  'structure',
  'functional',
  'property',
  'adversarial',
  'compatibility',
  'policy',
];
