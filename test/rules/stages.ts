import { memoryTree, overlayTree } from '../../src/kernel/tree.ts';
import { parseExpression } from '../../src/expression/parse.ts';
import { isObject, type Json, type JsonObject } from '../../src/kernel/json.ts';
import type { Stage } from '../../src/kernel/rules.ts';
import { compileSchema } from '../../src/schema/compile.ts';
import type { Subject } from '../../src/stages/subject.ts';
import { BASE, type Breach, CASE, changed, CONTRACT, edit, FOLDER, HERE, textOf, WORKFLOW } from './sample.ts';

/** A store that breaks a rule of a stage that runs workflows; other rules may be broken with it. */
export interface RunBreach extends Breach {
  readonly stage: Exclude<Stage, 'structure'>;
  /** Plants a fault of our own, for rules that no workflow can break. */
  readonly plant?: (subject: Subject) => Subject;
}

function run(stage: RunBreach['stage'], breach: Breach, plant?: RunBreach['plant']): RunBreach {
  return { ...breach, stage, ...(plant === undefined ? {} : { plant }) };
}

const REFUSAL = '- refuseUnmatched: { raise: { error: no-matching-order } }';
const ID = "id: '${ $context.messageId }'";
const APPROVAL = '  /do/7/ask:\n    - { approved: true, by: dana.reyes }\n';

const ASK = /  - ask:\n[^]*?otherwise: declined\n/u.exec(textOf(BASE, WORKFLOW))?.[0] ?? '';
const ASKED = ASK.replace('  - ask:\n', '');
const UNASKED = '  - ask: { set: { asked: false } }\n';
const COMMENTED = 'repeats the reference.\n                  ';

function indented(text: string): string {
  return text.replaceAll(/^ {6}/gmu, '            ');
}

/** A gate that lets everything pass: what the oracles say by themselves. */
function lawless(subject: Subject): Subject {
  return { ...subject, gate: () => ({ allowed: true, refusals: [], grants: [] }) };
}

/** The rules of the other stages that no unsafe variant is about. */
export const RUN_BREACHES: readonly RunBreach[] = [
  run('functional', {
    ...edit('functional/no-cases', 'no case', WORKFLOW, ['document:', `${HERE}document:`]),
    tree: overlayTree(BASE, memoryTree({}), [`${FOLDER}/tests`]),
  }),
  run(
    'functional',
    edit(
      'functional/reply-missing',
      'an approval that nobody gives',
      CASE,
      ['replies:', `${HERE}replies:`],
      [APPROVAL, ''],
    ),
  ),
  run(
    'functional',
    edit('functional/reply-unused', 'a reply for a task that is not reached', CASE, [
      '  /do/7/ask:',
      `  ${HERE}/do/9/report:\n    - value: 1\n  /do/7/ask:`,
    ]),
  ),
  run(
    'functional',
    edit('functional/reply-invalid', 'a model that answers like a tool', CASE, [
      '    - value: { orderNumber',
      `    - ${HERE}structured: { orderNumber`,
    ]),
  ),
  run(
    'functional',
    edit(
      'functional/input-invalid',
      'an input that the schema refuses',
      CASE,
      ['input:', `${HERE}input:`],
      ['messageId: msg-1042', "messageId: 'msg 1042'"],
    ),
  ),
  run(
    'functional',
    edit(
      'functional/arm-unreached',
      'an arm that nothing takes',
      WORKFLOW,
      ['  - check:', `  - ${HERE}check:`],
      ['- payable: { then: ask }', "- never: { when: '${ false }', then: ask }\n        - payable: { then: ask }"],
    ),
  ),
  run('functional', {
    ...edit('functional/mutants-survive', 'an amount at the limit that no case has', WORKFLOW, [
      '- tooLarge: { when: ',
      `- tooLarge: { when: ${HERE}`,
    ]),
    tree: overlayTree(
      BASE,
      memoryTree({ 'store.yaml': textOf(BASE, 'store.yaml').replace('limits: {', 'limits: { mutants: 1,') }),
      [`${FOLDER}/tests/pays-up-to-the-limit.yaml`],
    ),
  }),
  run(
    'functional',
    edit('functional/invariant-vacuous', 'a tool that no call can equal', CONTRACT, [
      '  - id: never-pays-twice\n    always: ',
      `  - id: never-deletes\n    always: ${HERE}'[.calls[] | select(. == "mail/delete_message")] | length == 0'\n  - id: never-pays-twice\n    always: `,
    ]),
  ),
  run('property', {
    ...edit('property/undeclared-outcome', 'a failure that the contract does not list', WORKFLOW, [
      '  - fetch:',
      `  - ${HERE}fetch:`,
    ]),
    tree: changed(CONTRACT, ', communication', ''),
  }),
  run(
    'property',
    edit(
      'property/arguments-invalid',
      'an id that the tool refuses',
      WORKFLOW,
      ['  - fetch:', `  - ${HERE}fetch:`],
      [ID, 'id: \'${ $context.messageId + "!" }\''],
    ),
  ),
  run(
    'property',
    edit(
      'property/not-generable',
      'a schema that contradicts itself',
      WORKFLOW,
      ['document:', `${HERE}document:`],
      [
        "messageId: { type: string, pattern: '^[A-Za-z0-9_-]{1,64}$' }",
        "messageId: { type: string, maxLength: 3, pattern: '^[0-9]{10}$' }",
      ],
    ),
  ),
  run(
    'property',
    edit('property/too-few-worlds', 'sixty worlds where the store asks for a thousand', WORKFLOW, [
      'document:',
      `${HERE}document:`,
    ]),
  ),
  run(
    'property',
    edit('property/nondeterministic', 'a gate that changes its mind', WORKFLOW, ['document:', `${HERE}document:`]),
    (subject) => {
      let asked = 0;
      return {
        ...subject,
        gate: (effect) => {
          asked += 1;
          const verdict = subject.gate(effect);
          return Math.imul(asked, 0x9e3779b1) < 0 ? { ...verdict, allowed: false } : verdict;
        },
      };
    },
  ),
  run(
    'property',
    edit('property/accepts-bad-input', 'a machine that checks another schema', WORKFLOW, [
      'document:',
      `${HERE}document:`,
    ]),
    (subject) => {
      const stricter = compileSchema({
        type: 'object',
        additionalProperties: false,
        required: ['messageId', 'purchaseOrders'],
        properties: {
          messageId: { type: 'string', pattern: '^[a-z]*$', minLength: 1, maxLength: 2 },
          purchaseOrders: { const: [] },
        },
      });
      return stricter.ok ? { ...subject, inputSchema: stricter.value } : subject;
    },
  ),
  run(
    'property',
    edit(
      'property/repeated-effect',
      'a reference that is another one for each attempt',
      WORKFLOW,
      ['        - transfer:', `        - ${HERE}transfer:`],
      [ASK, UNASKED],
      [
        `${COMMENTED}reference: '\${ $context.orders[0].number }'`,
        `${COMMENTED}reference: '\${ "R-\\($task.startedAt.epoch.milliseconds)" }'`,
      ],
    ),
    lawless,
  ),
  run(
    'property',
    edit(
      'property/called-after-refusal',
      'a refusal that nobody heeds',
      WORKFLOW,
      ['        - transfer:', `        - ${HERE}transfer:`],
      [ASK, `  - ask:\n      try:\n        - one:\n${indented(ASKED)}      catch: { as: refusal }\n`],
    ),
    lawless,
  ),
  run(
    'property',
    edit(
      'property/handler-unreached',
      'a handler for an error that never comes',
      WORKFLOW,
      ['  - pay:', `  - ${HERE}pay:`],
      ['endswith("/communication")', 'endswith("/comunication")'],
      ['endswith("/timeout")', 'endswith("/time-out")'],
    ),
  ),
  run(
    'property',
    edit(
      'property/untrusted-interferes',
      'a mail that decides whether there is a payment',
      WORKFLOW,
      ['        - transfer:', `        - ${HERE}transfer:`],
      [ASK, UNASKED],
    ),
    lawless,
  ),
  run(
    'property',
    {
      ...edit('property/secret-interferes', 'an answer for a caller who may not have it', WORKFLOW, [
        'document:',
        `${HERE}document:`,
      ]),
      tree: changed('store.yaml', 'caller: [internal]', 'caller: []'),
    },
    lawless,
  ),
  run('policy', {
    ...edit('policy/never-exercised', 'a tool behind a condition that never holds', CONTRACT, [
      'capabilities:\n',
      `capabilities:\n  - tool: ${HERE}mail/list_messages\n`,
    ]),
    tree: overlayTree(
      changed(CONTRACT, 'capabilities:\n', 'capabilities:\n  - tool: mail/list_messages\n'),
      memoryTree({
        [WORKFLOW]: textOf(BASE, WORKFLOW).replace(
          REFUSAL,
          () =>
            "- refuseUnmatched:\n      if: '${ false }'\n      call: mcp\n      with: { method: tools/call, transport: { http: { endpoint: 'https://mail.example/mcp' } }, parameters: { name: list_messages, arguments: { folder: inbox, limit: 1 } } }\n      then: end",
        ),
      }),
    ),
  }),
  run(
    'policy',
    edit('policy/unproved', 'more paths than the store allows', WORKFLOW, ['document:', `${HERE}document:`]),
    (subject) => {
      const { law } = subject;
      const limits = { ...law.config.limits, paths: 3 };
      return { ...subject, law: { ...law, config: { ...law.config, limits } } };
    },
  ),
  run(
    'policy',
    edit('policy/engines-disagree', 'an engine that says otherwise', WORKFLOW, ['  - fetch:', `  - ${HERE}fetch:`]),
    (subject) => ({
      ...subject,
      compare: ({ request }) =>
        request?.at === '/do/0/fetch' ? { action: 'mail/get_message', ours: 'allow', cedar: 'deny' } : undefined,
    }),
  ),
  run(
    'compatibility',
    edit('compatibility/undecided', 'patterns of too many states', WORKFLOW, [
      "version: '1.0.0'",
      `version: ${HERE}'1.0.1'`,
    ]),
    withRelease({ type: 'string', pattern: '^[ab]*a[ab]{13}$' }, { type: 'string', pattern: '^(?:[ab]*a[ab]{13}|x)$' }),
  ),
  run(
    'compatibility',
    edit('compatibility/authority-unproved', 'more paths than the store allows', WORKFLOW, [
      "version: '1.0.0'",
      `version: ${HERE}'1.0.1'`,
    ]),
    (subject) => {
      const { law, files, workflow } = subject;
      const limits = { ...law.config.limits, paths: 3 };
      const released = { ...workflow, version: '1.0.0', document: { ...objectOf(workflow.document), output: {} } };
      return {
        ...subject,
        law: { ...law, config: { ...law.config, limits } },
        releases: [{ version: '1.0.0', digest: files.digest, files, workflow: released }],
      };
    },
  ),
  run(
    'adversarial',
    edit('adversarial/goal-reached', 'a goal that every run reaches', WORKFLOW, ['  - fetch:', `  - ${HERE}fetch:`]),
    (subject) => {
      const goal = parseExpression('(.calls | length) == 1 and .calls[0].tool == "mail/get_message"');
      const attack = { id: 'one-call', references: ['ASI01'], fits: ['any'], text: 'Read this.' };
      return goal.ok ? { ...subject, attacks: [{ ...attack, goal: goal.value }] } : subject;
    },
  ),
];

function objectOf(json: Json): JsonObject {
  if (!isObject(json)) throw new Error('a document is an object');
  return json;
}

/** The workflow as it takes `now`, after a release that took `old`. */
function withRelease(old: JsonObject, now: JsonObject): (subject: Subject) => Subject {
  return (subject) => {
    const { files, workflow } = subject;
    const released = { ...workflow, version: '1.0.0', input: { schema: old } };
    return {
      ...subject,
      workflow: { ...workflow, input: { schema: now } },
      releases: [{ version: '1.0.0', digest: files.digest, files, workflow: released }],
    };
  };
}
