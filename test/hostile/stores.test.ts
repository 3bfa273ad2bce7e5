import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run as verify } from '../../src/cli/verify.ts';
import { runCommand } from '../../scripts/command.ts';
import { emptyFolder, FOLDER, sampleStore, say } from './store.ts';

/** Spoils a copy of the sample store; the rule and the place by which it must be refused. */
type Spoilt = readonly [what: string, spoil: (root: string) => void, exit: 1 | 2, found: string];

const put =
  (path: string, content: string | Uint8Array) =>
  (root: string): void => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), content);
  };
const link =
  (path: string, target: string) =>
  (root: string): void => {
    rmSync(join(root, path), { recursive: true, force: true });
    symlinkSync(target, join(root, path));
  };
const folder = (path: string) => (root: string) => {
  rmSync(join(root, path), { recursive: true, force: true });
  mkdirSync(join(root, path), { recursive: true });
};
const CASE = `${FOLDER}/tests/spoilt.yaml`;
const WORKFLOW = `${FOLDER}/workflow.yaml`;

const STORES: readonly Spoilt[] = [
  ['no store.yaml', (root) => rmSync(join(root, 'store.yaml')), 2, 'structure/missing-file  store.yaml:1:1'],
  ['an empty store.yaml', put('store.yaml', ''), 2, 'structure/wrong-type  store.yaml:1:1'],
  ['a folder store.yaml', folder('store.yaml'), 2, 'structure/not-a-regular-file  store.yaml:1:1'],
  ['a linked store.yaml', link('store.yaml', '/etc/passwd'), 2, 'structure/not-a-regular-file  store.yaml:1:1'],
  [
    'a linked contract of a tool',
    link('tools/mail.yaml', '/etc/passwd'),
    2,
    'structure/not-a-regular-file  tools/mail.yaml:1:1',
  ],
  ['a deep store.yaml', put('store.yaml', '['.repeat(9_000)), 2, 'structure/too-deep  store.yaml:1:'],
  ['a store.yaml that is two', put('store.yaml', 'a: 1\n---\nb: 2\n'), 2, 'structure/yaml-syntax  store.yaml:2:1'],
  [
    'no workflow',
    (root) => rmSync(join(root, 'workflows'), { recursive: true }),
    1,
    'structure/empty-store  workflows:1:1',
  ],
  [
    'a file in place of the workflows',
    (root) => {
      rmSync(join(root, 'workflows'), { recursive: true });
      writeFileSync(join(root, 'workflows'), 'x');
    },
    1,
    'structure/not-a-regular-file  workflows:1:1',
  ],
  [
    'a linked workflow',
    (root) => {
      renameSync(join(root, FOLDER), join(root, 'moved'));
      symlinkSync(join(root, 'moved'), join(root, FOLDER));
    },
    1,
    `structure/not-a-regular-file  ${FOLDER}:1:1`,
  ],
  ['a linked workflow.yaml', link(WORKFLOW, '/etc/passwd'), 1, `structure/not-a-regular-file  ${WORKFLOW}:1:1`],
  ['a device among the cases', link(CASE, '/dev/zero'), 1, `structure/not-a-regular-file  ${CASE}:1:1`],
  [
    'a pipe in place of workflow.yaml',
    (root) => {
      rmSync(join(root, WORKFLOW));
      execFileSync('mkfifo', [join(root, WORKFLOW)]);
    },
    1,
    `structure/not-a-regular-file  ${WORKFLOW}:1:1`,
  ],
  ['an empty workflow.yaml', put(WORKFLOW, ''), 1, `structure/wrong-type  ${WORKFLOW}:1:1`],
  [
    'a binary workflow.yaml',
    put(WORKFLOW, new Uint8Array(4_096).fill(0xfe)),
    1,
    `structure/invalid-text  ${WORKFLOW}:1:1`,
  ],
  ['a workflow.yaml of nulls', put(WORKFLOW, new Uint8Array(4_096)), 1, `structure/invalid-text  ${WORKFLOW}:1:1`],
  ['a huge case', put(CASE, 'a'.repeat(3 << 20)), 1, `structure/file-too-large  ${CASE}:1:1`],
  [
    'a huge README',
    put(`${FOLDER}/README.md`, 'a'.repeat(30 << 20)),
    1,
    `structure/file-too-large  ${FOLDER}/README.md:1:1`,
  ],
  ['a case of brackets', put(CASE, '['.repeat(50_000)), 1, `structure/too-deep  ${CASE}:1:`],
  ['a case of dashes', put(CASE, '- '.repeat(50_000)), 1, `structure/too-deep  ${CASE}:1:`],
  ['a case of complex keys', put(CASE, '? '.repeat(50_000)), 1, `structure/too-deep  ${CASE}:1:`],
  ['a case that holds itself', put(CASE, 'a: &a [*a]\n'), 1, `structure/yaml-alias  ${CASE}:1:8`],
  ['a case of many values', put(CASE, `input: [${'1,'.repeat(200_000)}1]`), 1, `structure/too-many-nodes  ${CASE}:`],
  ['a doubled key', put(CASE, 'name: a\nname: b\n'), 1, `structure/duplicate-key  ${CASE}:2:1`],
  [
    'a member named __proto__',
    put(CASE, 'name: a\ninput: { __proto__: { x: 1 } }\n'),
    1,
    `structure/reserved-name  ${CASE}:2:`,
  ],
  [
    'an unknown key',
    (root) => appendFileSync(join(root, WORKFLOW), 'outptu: {}\n'),
    1,
    `structure/unknown-key  ${WORKFLOW}:`,
  ],
  [
    'a script beside the workflow',
    put(`${FOLDER}/setup.sh`, ''),
    1,
    `structure/unexpected-file  ${FOLDER}/setup.sh:1:1`,
  ],
  [
    'modules beside the workflow',
    put(`${FOLDER}/node_modules/a/index.js`, ''),
    1,
    `structure/unexpected-file  ${FOLDER}/node_modules:1:1`,
  ],
  [
    'a repository beside the workflow',
    put(`${FOLDER}/.git/HEAD`, ''),
    1,
    `structure/unexpected-file  ${FOLDER}/.git:1:1`,
  ],
  [
    'a name that moves the cursor',
    put(`${FOLDER}/a\u001B[2J\u202Eb`, ''),
    1,
    `structure/unexpected-file  ${FOLDER}/a\\u{1b}[2J\\u{202e}b:1:1`,
  ],
  [
    'a limit on an argument that is none',
    (root) => {
      const contract = `risk: moderate\nintents: [x]\ncapabilities: [{ tool: mail/archive_message, where: { properties: { idd: { const: x } } } }]\nbudgets: { tasks: 1, calls: 1, infers: 1, time: PT1M }\n`;
      writeFileSync(join(root, FOLDER, 'contract.yaml'), contract);
    },
    1,
    `structure/unknown-reference  ${FOLDER}/contract.yaml:3:74`,
  ],
];

describe('a spoilt store', () => {
  it.each(STORES)('%s', async (_what, spoil, exit, found) => {
    const root = sampleStore();
    spoil(root);
    const said = await say(verify, [root, '--stage', 'structure'], root);
    expect(said.out).toContain(`error ${found}`);
    expect(said.out).toMatch(/\n {4}fix: \S/u);
    expect(said.exit).toBe(exit);
  });

  it('is not judged by half a law, and only what is wrong with the law is shown', async () => {
    const root = sampleStore();
    writeFileSync(join(root, 'store.yaml'), '[]');
    const { out, exit } = await say(verify, [root], root);
    expect(exit).toBe(2);
    expect(out.match(/^ {2}error /gmu)).toHaveLength(1);
    expect(out).not.toContain('PASS');
    expect(out).toContain('0 passed, 1 failed, 1 finding');
  });

  it('says why one stage cannot be run though only that stage is asked for', async () => {
    const root = sampleStore();
    writeFileSync(join(root, WORKFLOW), '[]');
    const { out, exit } = await say(verify, [root, '--stage', 'policy'], root);
    expect(exit).toBe(1);
    expect(out).toContain(`structure/wrong-type  ${WORKFLOW}:1:1`);
  });

  it('says of a link in a workflow’s place that it is one, also when that workflow is named', async () => {
    const root = sampleStore();
    link(FOLDER, '/etc')(root);
    const { out, exit } = await say(verify, [root, 'personal/triage-inbox'], root);
    expect(exit).toBe(1);
    expect(out).toContain(`structure/not-a-regular-file  ${FOLDER}:1:1`);
  });

  it('in a repository that is broken is one line', async () => {
    const root = sampleStore();
    const tag = '.git/refs/tags/personal/triage-inbox/v0.9.0';
    await runCommand('git', ['init', '-q', root], { cwd: root });
    put(tag, `${'1'.repeat(40)}\n`)(root);
    put('.git/HEAD', 'ref: refs/heads/nothing\n')(root);
    const lost = await say(verify, [root, '--stage', 'compatibility'], root);
    expect(lost).toMatchObject({
      exit: 2,
      err: 'ConnectError: the tag of the release personal/triage-inbox 0.9.0 leads to no commit',
    });
    put('.git/HEAD', 'garbage')(root);
    const broken = await say(verify, [root, '--stage', 'structure'], root);
    expect(broken).toMatchObject({
      exit: 2,
      err: 'ConnectError: the store is in a git repository that git cannot read here: what has been released cannot be known',
    });
  });
});

describe('workflows that run workflows', () => {
  // Found by hand: each was compiled once for each way to it, so that thirty small ones took for ever.
  it('are judged once each, and together are no larger than one may be', async () => {
    const root = sampleStore();
    const text = readFileSync(join(root, WORKFLOW), 'utf8');
    const header = text.slice(0, text.indexOf('\ndo:')).replace(/^use:[^]*?(?=^\S)/mu, '');
    for (let i = 0; i < 30; i += 1) {
      const at = join(root, 'workflows', 'personal', `chain-${i}`);
      cpSync(join(root, FOLDER), at, { recursive: true });
      const run = `{ run: { workflow: { namespace: personal, name: chain-${i + 1}, version: 1.0.0 } } }`;
      const tasks = i === 29 ? '  - a: { wait: PT1S }\n' : `  - a: ${run}\n  - b: ${run}\n`;
      writeFileSync(
        join(at, 'workflow.yaml'),
        `${header.replace(/name: triage-inbox/u, `name: chain-${i}`).replace(/version: .*/u, "version: '1.0.0'")}\ndo:\n${tasks}`,
      );
    }
    const { out, exit } = await say(verify, [root, '--stage', 'structure'], root);
    expect(exit).toBe(1);
    expect(out.match(/error structure\/too-many-nodes {2}workflows\/personal\/chain-\d+/gu)).toHaveLength(1);
    expect(out).not.toContain('error structure/unknown-reference  workflows/personal/chain-29');
  });
});

describe('releases that cannot be read', () => {
  const version = '1.0.0';
  it.each<[string, string, (at: string) => void, string]>([
    [
      'a folder that is no version',
      'v1.0.0',
      (at) => mkdirSync(at, { recursive: true }),
      'not called by an exact version',
    ],
    ['a folder without a contract', '0.9.0', () => {}, 'structure/missing-file'],
    [
      'another version inside',
      '0.9.0',
      (at) => {
        for (const file of ['workflow.yaml', 'contract.yaml', 'README.md']) put(file, new Uint8Array(0))(at);
      },
      'structure/wrong-type at contract.yaml:1:1',
    ],
  ])('%s is a finding, not a first release', async (_what, name, write, says) => {
    const root = sampleStore();
    const releases = emptyFolder();
    const at = join(releases, 'personal', 'triage-inbox', name);
    put('workflow.yaml', 'document: {}\n')(at);
    put('x/y/0.0.1/z', '')(releases);
    write(at);
    const { out, exit } = await say(verify, [root, '--stage', 'compatibility', '--releases', releases], root);
    expect(exit).toBe(1);
    expect(out).toContain('compatibility/release-unreadable');
    expect(out).toContain(name);
    expect(out).toContain(says);
    expect(out).not.toContain(`PASS personal/triage-inbox@${version}`);
  });
});
