import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run as explain } from '../../src/cli/explain.ts';
import { run as create } from '../../src/cli/new.ts';
import { run as replay } from '../../src/cli/replay.ts';
import { run as execute } from '../../src/cli/run.ts';
import { run as tools } from '../../src/cli/tools.ts';
import { run as verify } from '../../src/cli/verify.ts';
import { emptyFolder, sampleStore, say } from './store.ts';

const COMMANDS = { explain, new: create, replay, run: execute, tools, verify };
const store = sampleStore();
const here = emptyFolder();
symlinkSync('b', join(here, 'a'));
symlinkSync('a', join(here, 'b'));
writeFileSync(join(here, 'file'), 'x');
execFileSync('mkfifo', [join(here, 'pipe')]);
writeFileSync(join(here, 'broken.json'), '{"a":');
writeFileSync(join(here, 'other.json'), '{"format":"proofmark-witness/1"}');
writeFileSync(join(here, 'deep.json'), '['.repeat(100_000));
writeFileSync(join(here, 'latin.json'), new Uint8Array([0xff, 0xfe]));
writeFileSync(
  join(here, 'rule.json'),
  JSON.stringify({
    format: 'proofmark-witness/1',
    rule: 'made/up',
    subject: { name: 'personal/triage-inbox', version: '1.0.0', digest: '' },
    law: '',
    input: {},
    replies: {},
    choices: {},
  }),
);
mkdirSync(join(here, 'elsewhere', 'deeper', 'still'), { recursive: true });
writeFileSync(join(here, 'elsewhere', 'deeper', 'still', 'file'), 'x');

/** The command line, and a word that its answer must hold. */
const WRONG: readonly (readonly [command: keyof typeof COMMANDS, args: readonly string[], says: RegExp])[] = [
  ['verify', ['missing'], /missing: there is no folder/u],
  ['verify', ['file'], /there is no folder/u],
  ['verify', ['file/below'], /there is no folder/u],
  ['verify', ['a/below'], /there is no folder/u],
  ['verify', ['x'.repeat(300)], /there is no folder/u],
  ['verify', ['--frobnicate'], /Unknown option/u],
  ['verify', [store, 'personal/none'], /no workflow personal\/none/u],
  ['verify', [store, '--stage', 'all'], /--stage takes one of structure/u],
  ['verify', [store, '--seed', 'lucky'], /--seed takes a whole number/u],
  ['verify', [store, '--seed=-1'], /--seed takes a whole number/u],
  ['verify', [store, '--runs', '0'], /nothing would be tried/u],
  ['verify', [store, '--runs', '1e9'], /--runs takes a whole number/u],
  ['verify', [store, '--as-of', '2026-02-31'], /--as-of takes a day/u],
  ['verify', [store, '--as-of', 'tomorrow'], /--as-of takes a day/u],
  ['verify', [store, '--format', 'xml'], /--format takes one of pretty, json/u],
  ['verify', [store, '--format'], /argument missing/u],
  ['verify', [store, '--output', ''], /--output takes a folder/u],
  ['verify', [store, '--output', 'file'], /cannot be made/u],
  ['verify', [store, '--output', 'file/below'], /cannot be made/u],
  ['verify', [store, '--output', '/proc/proofmark'], /cannot be made/u],
  ['verify', [store, '--output', join(store, 'workflows')], /where every file is checked/u],
  ['verify', [store, '--output', join(store, 'tools', 'x')], /where every file is checked/u],
  ['verify', [store, '--releases', 'missing'], /missing: there is no folder/u],
  ['verify', [store, '--releases', 'file'], /there is no folder/u],
  ['verify', [store, '--releases', 'elsewhere'], /holds no release/u],
  ['verify', [store, '--releases', store], /holds no release/u],
  ['verify', ['--self-test', store], /--self-test takes no store/u],
  ['replay', [], /one witness file/u],
  ['replay', ['missing'], /cannot be read/u],
  ['replay', ['.'], /not a regular file/u],
  ['replay', ['/dev/zero'], /not a regular file/u],
  ['replay', ['pipe'], /not a regular file/u],
  ['replay', ['broken.json'], /line 1, column 6: this cannot be parsed/u],
  ['replay', ['deep.json'], /nested deeper/u],
  ['replay', ['latin.json'], /not UTF-8/u],
  ['replay', ['other.json'], /exactly the members/u],
  ['replay', ['rule.json', '--store', store], /no rule made\/up/u],
  ['replay', ['other.json', '--format', 'xml'], /--format takes one of/u],
  ['explain', ['structure/duplicate-kee'], /did you mean structure\/duplicate-key/u],
  ['explain', ['../../package.json'], /there is no rule/u],
  ['explain', ['__proto__'], /there is no rule/u],
  ['explain', ['a', 'b'], /one rule at a time/u],
  ['new', [], /one workflow at a time/u],
  ['new', ['personal/triage-inbox', '--store', store], /exists already; nothing was written/u],
  ['new', ['Personal/x', '--store', store], /is no NAMESPACE\/NAME/u],
  ['new', ['personal/x-', '--store', store], /is no NAMESPACE\/NAME/u],
  ['new', ['personal/../../x', '--store', store], /is no NAMESPACE\/NAME/u],
  ['new', [`personal/${'x'.repeat(64)}`, '--store', store], /is no NAMESPACE\/NAME/u],
  ['new', ['nobody/x', '--store', store], /no namespace nobody/u],
  ['new', ['personal/x', '--store', 'missing'], /there is no folder/u],
  ['new', ['personal/x', '--store', here], /holds no store.yaml/u],
  ['tools', [], /one action: capture/u],
  ['tools', ['capture'], /name one server/u],
  ['tools', ['capture', '../x'], /lowercase letters/u],
  ['tools', ['capture', 'x', '--store', store], /needs --package/u],
  ['tools', ['capture', 'x', '--check', '--store', store], /no tools\/x.yaml/u],
  ['tools', ['capture', 'mail', '--store', store, '--package', 'x@latest'], /exact version/u],
  ['tools', ['capture', 'mail', '--store', store, '--bind', 'X'], /NAME=VALUE/u],
  ['run', [], /name one workflow/u],
  ['run', ['personal/triage-inbox'], /--input/u],
  ['run', ['personal/triage-inbox', '--store', 'missing', '--input', '{}'], /there is no folder/u],
  ['run', ['personal/none', '--store', store, '--input', '{}'], /no workflow personal\/none/u],
  ['run', ['personal/triage-inbox', '--store', store, '--input', '{'], /cannot be read/u],
  ['run', ['personal/triage-inbox', '--store', store, '--input', 'missing'], /cannot be read/u],
  ['run', ['personal/triage-inbox', '--store', store, '--input', '{}', '--call-timeout', 'x'], /whole seconds/u],
  ['run', ['personal/triage-inbox', '--store', store, '--input', '{}', '--trace', 'missing/x'], /cannot be written/u],
  ['run', ['../../x', '--store', store, '--input', '{}'], /a workflow is/u],
];

describe('wrong use', () => {
  it.each(WRONG)('%s %j says what is wrong and exits 2', async (command, args, says) => {
    const { exit, err } = await say(COMMANDS[command], args, here);
    expect({ exit, err }).toMatchObject({ exit: 2 });
    expect(err).toMatch(says);
  });

  it('new writes nothing through a link that leads out of the store', async () => {
    const root = sampleStore();
    const outside = emptyFolder();
    symlinkSync(outside, join(root, 'workflows', 'health'));
    const { exit, err } = await say(create, ['health/x', '--store', root], root);
    expect({ exit, err }).toEqual({
      exit: 2,
      err: 'UsageError: workflows/health is not a folder; nothing was written',
    });
    expect(readdirSync(outside)).toEqual([]);
  });

  it('new takes a link to nothing for what stands there', async () => {
    const root = sampleStore();
    symlinkSync('/nowhere/at/all', join(root, 'workflows', 'personal', 'dangling'));
    const { exit, err } = await say(create, ['personal/dangling', '--store', root], root);
    expect(exit).toBe(2);
    expect(err).toContain('exists already');
  });

  it('a store may stand in a folder that is called like one of workflows', async () => {
    const root = join(emptyFolder(), 'workflows', 'acme', 'store');
    mkdirSync(root, { recursive: true });
    writeFileSync(join(root, 'store.yaml'), '[]');
    const { out } = await say(verify, [root], here);
    expect(out).toContain('structure/wrong-type  store.yaml:1:1');
  });
});
