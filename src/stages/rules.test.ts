import { fileURLToPath } from 'node:url';
import { describe as group, expect, it } from 'vitest';
import { parseExpression } from '../expression/parse.ts';
import { diskTree } from '../kernel/disk.ts';
import { parseDocument } from '../kernel/document.ts';
import { finding } from '../kernel/finding.ts';
import { isArray, isObject, type Json } from '../kernel/json.ts';
import { ROOT } from '../kernel/pointer.ts';
import type { RuleData, RuleId } from '../kernel/rules.ts';
import { STAGES } from '../kernel/rules.ts';
import { describe, RULE_IDS, titleOf } from './texts.ts';

const PAGES = diskTree(fileURLToPath(new URL('../../docs/rules', import.meta.url)));
const PLACE = { file: 'workflows/finance/pay-invoice/workflow.yaml', pointer: ROOT, line: 1, column: 1 };

/** What each rule may report; two where the sentence or the remedy has two forms. */
const SAMPLES: { readonly [R in RuleId]: readonly RuleData[R][] } = {
  'structure/unreadable-file': [{ detail: 'it is no longer there' }],
  'structure/file-too-large': [{ bytes: 1_048_577, limit: 1_048_576 }],
  'structure/not-a-regular-file': [{ kind: 'link' }, { kind: 'file' }, { kind: 'other' }],
  'structure/invalid-text': [{ detail: 'byte 17 is not UTF-8' }],
  'structure/hidden-character': [{ codepoint: 'U+202E' }, { codepoint: 'U+E0041' }],
  'structure/yaml-syntax': [{ detail: 'more than one document in a file' }],
  'structure/yaml-ambiguous': [{ text: 'yes' }],
  'structure/yaml-tag': [{ tag: '!!binary' }],
  'structure/yaml-alias': [{ detail: '*a names no anchor before it' }],
  'structure/duplicate-key': [{ key: 'where' }],
  'structure/too-deep': [{ limit: 64 }],
  'structure/too-many-nodes': [{ limit: 20_000 }],
  'structure/reserved-name': [{ name: '__proto__' }],
  'structure/number-out-of-range': [{ text: '1e400' }],
  'structure/missing-file': [{ path: 'workflows/finance/pay-invoice/contract.yaml' }],
  'structure/unexpected-file': [{ path: 'workflows/finance/pay-invoice/setup.sh' }],
  'structure/unknown-key': [
    { key: 'mots', suggestion: 'most' },
    { key: 'colour', suggestion: null },
  ],
  'structure/missing-key': [{ key: 'risk' }],
  'structure/wrong-type': [{ expected: 'integer', found: 'string' }],
  'structure/invalid-value': [{ detail: 'expected low, moderate, high' }],
  'structure/bad-name': [{ name: 'Pay_Invoice' }],
  'structure/look-alike-name': [{ name: 'finance/pay-lnvoice', existing: 'finance/pay-invoice' }],
  'structure/identity-mismatch': [{ field: 'name', expected: 'pay-invoice', found: 'pay-invoices' }],
  'structure/namespace-unowned': [{ namespace: 'logistics' }],
  'structure/empty-store': [{ detail: 'no folder workflows/<namespace>/<name>' }],
  'structure/ows-schema': [{ detail: 'set takes a mapping' }],
  'structure/unsupported-task': [{ keyword: 'listen', instead: 'take the event as the workflow input' }],
  'structure/unsupported-feature': [{ feature: 'schedule', instead: 'start the workflow from outside' }],
  'structure/floating-version': [{ text: 'server@latest' }],
  'structure/literal-credential': [{ kind: 'GitHub token' }],
  'structure/unknown-function': [
    { name: 'infer:1.0@proofmark', suggestion: 'infer:1.0.0@proofmark' },
    { name: 'think', suggestion: null },
  ],
  'structure/unknown-tool': [
    { name: 'mail/listMessages', suggestion: 'mail/list_messages' },
    { name: 'fax/send', suggestion: null },
  ],
  'structure/unknown-server': [{ detail: 'https://fax.example/mcp' }],
  'structure/unknown-error': [
    { name: 'declind', suggestion: 'declined' },
    { name: 'oops', suggestion: null },
  ],
  'structure/unknown-reference': [
    { kind: 'retry', name: 'patiently', suggestion: 'patient' },
    { kind: 'binding', name: 'TOKEN', suggestion: null },
  ],
  'structure/then-target': [
    { target: 'repot', suggestion: 'report' },
    { target: 'x', suggestion: null },
  ],
  'structure/then-cycle': [{ target: 'ask' }],
  'structure/unreachable-task': [{ task: 'approve' }],
  'structure/recursion': [{ path: 'a/b@1.0.0 -> c/d@1.0.0 -> a/b@1.0.0' }],
  'structure/expression-syntax': [
    { source: '.a * (1 + .b', offset: 12, length: 0, detail: 'a ) is missing' },
    { source: '.a * * .b', offset: 5, length: 1, detail: 'a term should be here' },
  ],
  'structure/expression-unsupported': [
    { source: 'now', offset: 0, length: 3, construct: 'now', instead: 'take the time from the input or a tool' },
  ],
  'structure/unknown-variable': [
    { source: '$item.id', offset: 0, length: 5, name: 'item', suggestion: 'message' },
    { source: '$secrets.A', offset: 0, length: 8, name: '$secrets', suggestion: null },
  ],
  'structure/schema-invalid': [{ detail: 'must be a type name, or an array of different ones' }],
  'structure/schema-open': [{ detail: 'a string needs maxLength' }],
  'structure/schema-remote-ref': [{ ref: 'https://schemas.example/address.json' }],
  'structure/schema-unsupported': [
    { keyword: '$dynamicRef', suggestion: null },
    { keyword: 'propertis', suggestion: 'properties' },
  ],
  'structure/schema-too-large': [{ detail: 'nested deeper than 100' }],
  'structure/pattern-unsafe': [
    { pattern: 'a(?=b)', detail: 'lookahead is not supported but right after the leading ^' },
  ],
  'structure/risk-too-low': [{ declared: 'low', floor: 'high', because: 'payments/transfer cannot be undone' }],
  'structure/capability-unused': [{ tool: 'mail/delete_message' }],
  'structure/undeclared-tool': [{ tool: 'mail/archive_message' }],
  'structure/undeclared-error': [{ error: 'over-limit' }],
  'structure/unused-error': [{ error: 'declined' }],
  'structure/tag-unknown': [
    { tag: 'patients', suggestion: null },
    { tag: 'intern', suggestion: 'internal' },
  ],
  'structure/call-arguments': [
    { tool: 'payments/transfer', detail: 'currency is missing', suggestion: null },
    { tool: 'payments/transfer', detail: 'payeee is not declared', suggestion: 'payee' },
  ],
  'structure/literal-expression': [{ text: '$context.amount' }],
  'structure/unknown-member': [
    {
      name: 'severty',
      at: '/do/3/grade/set/severity',
      has: 'code, severity and mechanism',
      source: 'the reply of interactions/list_interactions (tools/interactions.yaml:15)',
      suggestion: 'severity',
    },
    { name: 'severty', at: '/do/3/grade/set/severity', has: '', source: '', suggestion: null },
  ],
  'structure/operation-fails': [
    { detail: 'string + number is not defined', fix: 'convert it', source: 'the workflow input (workflow.yaml:14)' },
    { detail: 'the divisor is always 0', fix: null, source: '' },
  ],
  'structure/constant-comparison': [
    {
      holds: false,
      left: '"caution" or "none"',
      right: '"cauton"',
      source: 'the workflow input',
      suggestion: '"caution"',
    },
    { holds: true, left: 'a string', right: 'null', source: '', suggestion: null },
  ],
  'structure/unreachable-arm': [
    { kind: 'arm', name: 'tooLarge', why: 'its condition never holds here' },
    { kind: 'catch', name: 'pay', why: 'its condition lets no error in' },
  ],
  'structure/never-valid': [
    {
      path: 'amount',
      detail: 'it is a string, and an integer is asked for',
      schema: 'workflow.yaml:90',
      source: '',
      suggestion: null,
    },
    {
      path: '',
      detail: 'it is null, and an object is asked for',
      schema: 'workflow.yaml:90',
      source: 'the reply of approve',
      suggestion: 'count in place of number',
    },
  ],
  'structure/policy-invalid': [{ policy: 'payments-are-small', detail: 'it has no @rationale' }],
  'structure/grant-unbounded': [
    { secrecy: 'patient', at: '/severity' },
    { secrecy: 'patient', at: '' },
  ],
  'structure/waiver-expired': [{ rule: 'property/over-budget', until: '2026-06-30' }],
  'functional/no-cases': [{ workflow: 'personal/world-clock' }],
  'functional/case-failed': [{ case: 'pays', what: 'calls', expected: [], actual: [{ tool: 'mail/get_message' }] }],
  'functional/reply-missing': [
    { case: 'pays', at: '/do/0/fetch', misplaced: null },
    { case: 'pays', at: '/do/0/fetch', misplaced: '/do/0/fetc' },
  ],
  'functional/reply-unused': [{ case: 'pays', at: '/do/0/fetch' }],
  'functional/reply-invalid': [{ case: 'pays', at: '/do/0/fetch', detail: 'a value does not answer call' }],
  'functional/input-invalid': [{ case: 'pays', detail: '/messageId is no string' }],
  'functional/call-refused': [{ case: 'pays', at: '/do/8/pay', because: 'targets-are-trusted: /payee' }],
  'functional/task-unreached': [{ task: '/do/3/remind' }],
  'functional/arm-unreached': [{ task: '/do/2/check', arm: 'large' }],
  'functional/invariant-violated': [{ case: 'pays', invariant: 'pays-once' }],
  'functional/invariant-vacuous': [{ invariant: 'pays-once' }],
  'functional/mutants-survive': [
    {
      mutants: 24,
      killed: 18,
      share: 0.8,
      alive: [{ operator: 'limit shifted', at: '/do/2/check/switch/0/payable/when' }],
    },
  ],
  'property/undeclared-outcome': [{ outcome: 'timeout' }],
  'property/expression-error': [{ at: '/do/1/mean', detail: 'division by zero' }],
  'property/output-invalid': [{ detail: '/currency is none of EUR' }],
  'property/arguments-invalid': [{ tool: 'mail/send_message', at: '/do/2/send', detail: '/subject is too long' }],
  'property/outside-capability': [{ tool: 'payments/transfer', at: '/do/8/pay', detail: '/amount is above 100000' }],
  'property/over-budget': [
    { budget: 'calls', limit: 40 },
    { budget: 'steps', limit: 2_000_000 },
  ],
  'property/invariant-violated': [{ invariant: 'pays-once' }],
  'property/repeated-effect': [{ tool: 'payments/transfer', at: '/do/8/pay', how: 'after an answer that was lost' }],
  'property/called-after-refusal': [{ tool: 'payments/transfer', at: '/do/8/pay' }],
  'property/handler-unreached': [{ task: '/do/8/pay' }],
  'property/untrusted-interferes': [
    { tool: 'mail/send', at: '/do/2/tell', source: '/do/0/read[0]/body', left: 'nothing', right: { 'mail/send': {} } },
  ],
  'property/secret-interferes': [
    { tag: 'patient', sink: 'return', at: '', source: 'input/patientId', left: { return: 1 }, right: { return: 2 } },
  ],
  'property/nondeterministic': [{ detail: 'two runs of one world gave two traces' }],
  'property/accepts-bad-input': [{ detail: 'an input that breaks the input schema was not refused' }],
  'property/too-few-worlds': [
    { tried: 20, asked: 1000, what: 'worlds' },
    { tried: 20, asked: 300, what: 'attacks' },
  ],
  'property/not-generable': [
    { at: '/do/0/fetch', detail: 'no value was found' },
    { at: '', detail: 'no value was found' },
  ],
  'adversarial/goal-reached': [
    { fixture: 'new-bank-details', goal: 'new-bank-details', at: '/do/8/pay' },
    { fixture: 'new-bank-details', goal: 'new-bank-details', at: '' },
  ],
  'adversarial/hijack-goal-reached': [
    { goal: 'new-bank-details', at: '/do/8/pay' },
    { goal: 'new-bank-details', at: '' },
  ],
  'compatibility/version-bump': [
    {
      from: '1.2.0',
      to: '1.2.1',
      needed: '2.0.0',
      because: 'an input that was accepted is refused now',
      witness: { city: 'Rome' },
    },
    { from: '1.2.0', to: '1.2.1', needed: '2.0.0', because: 'it can end in a new way: declined', witness: null },
  ],
  'compatibility/version-not-newer': [{ from: '1.4.0', to: '1.3.1' }],
  'compatibility/released-changed': [{ version: '1.0.0' }],
  'compatibility/undecided': [{ detail: 'the pattern has too many states' }],
  'compatibility/authority-unproved': [
    { from: '1.0.0', action: 'every call', at: '', why: 'a loop over a list that is not known' },
    {
      from: '1.0.0',
      action: 'payments/transfer',
      at: '/do/8/pay/try/0/transfer',
      why: 'other targets or amounts than in the release',
    },
  ],
  'compatibility/release-unreadable': [{ version: '1.0.0', detail: 'structure/missing-file at contract.yaml:1:1' }],
  'policy/denied': [
    {
      action: 'payments/transfer',
      at: '/do/8/pay',
      policies: ['targets-are-trusted'],
      why: '/payee was chosen by a model',
    },
    { action: 'payments/transfer', at: '/do/8/pay', policies: [], why: '' },
  ],
  'policy/error': [{ action: 'payments/transfer', at: '/do/8/pay', policy: 'no-urgency', detail: 'no attribute memo' }],
  'policy/can-err': [
    {
      policy: 'careful',
      action: 'payments/transfer',
      detail: 'integer overflow',
      request: { arguments: { amount: 9 } },
    },
    { policy: 'careful', action: 'payments/transfer', detail: 'integer overflow', request: null },
  ],
  'policy/never-applies': [{ policy: 'small-payments' }],
  'policy/engines-disagree': [{ action: 'payments/transfer', at: '/do/8/pay', ours: 'allow', cedar: 'deny' }],
  'policy/unproved': [
    { action: 'payments/transfer', at: '/do/3/pay', kind: 'policy', why: 'a loop over a list that is not known' },
    { action: 'every effect', at: '', kind: 'policy', why: '' },
  ],
  'policy/never-exercised': [{ tool: 'mail/send_message' }],
};

const SECTIONS = ['## What it means', '## Why', '## Example', '## How to fix'];

group('the texts of the rules', () => {
  it('stand for every rule, each of a stage', () => {
    expect(RULE_IDS.toSorted()).toEqual(Object.keys(SAMPLES).toSorted());
    expect(RULE_IDS.filter((id) => !STAGES.some((stage) => id.startsWith(`${stage}/`)))).toEqual([]);
    expect(RULE_IDS.filter((id) => !/^[a-z]+\/[a-z]+(?:-[a-z]+)*$/u.test(id))).toEqual([]);
  });

  it.each(RULE_IDS)('%s: one line each, from its data, without a full stop', (id) => {
    const title = titleOf(id);
    for (const data of SAMPLES[id]) {
      // The samples are indexed by the rule whose data they hold.
      const { sentence, remedy } = describe(finding(id, PLACE, data as never));
      for (const text of [title, sentence, remedy]) {
        expect(text).toMatch(/^[^\n\r]+$/u);
        expect(text.trim()).toBe(text);
        expect(text).not.toMatch(/undefined|\[object|NaN|\.$/u);
      }
      const values = Object.values(data as Readonly<Record<string, Json>>);
      expect(values.some((value) => typeof value !== 'object' && sentence.includes(String(value)))).toBe(true);
    }
  });
});

group('the pages of the rules', () => {
  const paths = PAGES.list().flatMap(({ path, kind }) => (kind === 'directory' ? [] : [path]));

  it('stand for every rule and nothing else', () => {
    expect(paths).toEqual(RULE_IDS.map((id) => `${id}.md`).toSorted());
  });

  it.each(RULE_IDS)('%s: title, what holds, and the sections in order', (id) => {
    const page = pageOf(id);
    const [first, , holds] = page.split('\n');
    expect(first).toBe(`# ${id}`);
    expect(holds).toBe(`${capital(titleOf(id))}.`);
    expect(page.split('\n').filter((line) => line.startsWith('## '))).toEqual(SECTIONS);
    for (const section of SECTIONS) expect(sectionOf(page, section).trim()).not.toBe('');
    const lines = page.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(50);
    expect(lines.filter((line) => line.length > 124)).toEqual([]);
  });

  it.each(RULE_IDS)('%s: shows what is refused, and what is accepted in YAML and expressions that parse', (id) => {
    const example = sectionOf(pageOf(id), '## Example');
    const [refused, accepted] = example.split(/^Accepted/mu);
    expect(refused).toMatch(/^Refused/mu);
    expect(accepted).toBeDefined();
    for (const [, yaml = ''] of (accepted ?? '').matchAll(/^```yaml\n(.*?)^```/gmsu)) {
      const parsed = parseDocument('example.yaml', new TextEncoder().encode(yaml));
      expect([yaml, parsed.findings]).toEqual([yaml, []]);
      for (const source of expressionsIn(parsed.value ?? null))
        expect([source, parseExpression(source).ok]).toEqual([source, true]);
    }
  });
});

function pageOf(id: RuleId): string {
  return new TextDecoder().decode(PAGES.read(`${id}.md`));
}

function sectionOf(page: string, heading: string): string {
  const start = page.indexOf(`${heading}\n`) + heading.length + 1;
  const end = page.indexOf('\n## ', start);
  return page.slice(start, end === -1 ? undefined : end);
}

function capital(text: string): string {
  return text.replace(/^[a-z]/u, (letter) => letter.toUpperCase());
}

function expressionsIn(json: Json): readonly string[] {
  if (typeof json === 'string') {
    const source = /^\$\{(.*)\}$/su.exec(json)?.[1];
    return source === undefined || source.includes('$secrets') ? [] : [source];
  }
  if (isArray(json)) return json.flatMap(expressionsIn);
  return isObject(json) ? Object.values(json).flatMap(expressionsIn) : [];
}
