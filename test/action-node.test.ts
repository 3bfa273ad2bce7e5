import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildInto } from './built.ts';
import { startStandIn, type StandIn, TOKENS } from './github/stand-in.ts';
import { node24 } from './node24.ts';
import { git, HAS_GIT, startRepository } from './repository.ts';
import { payloadOf, runStep, type Step } from './runner.ts';
import { edit, writeSampleStore } from './sample-store.ts';
import { removeFolder, temporaryFolder } from './servers/install.ts';

/** The Actions run under Node 24 on GitHub, whatever this Node is: the built files there, compared with here. */

const NODE_24 = HAS_GIT ? node24() : undefined;

describe.skipIf(NODE_24 === undefined)('under Node 24', { timeout: 120_000 }, () => {
  let folder = '';
  let store = '';
  let remote = '';
  let github: StandIn;

  beforeAll(async () => {
    folder = temporaryFolder();
    [store, remote] = [join(folder, 'store'), join(folder, 'remote.git')];
    await buildInto(join(folder, 'home'));
    writeSampleStore(store);
    startRepository(store);
    git(folder, 'clone', '-q', '--bare', store, remote);
    github = await startStandIn(remote);
  }, 120_000);
  afterAll(async () => {
    await github.close();
    removeFolder(folder);
  });

  async function step(main: string, node: string | undefined, inputs: Readonly<Record<string, string>>): Promise<Step> {
    const sha = git(store, 'rev-parse', 'HEAD');
    return runStep({
      main: join(folder, 'home/dist', main),
      ...(node === undefined ? {} : { node }),
      workspace: store,
      temporary: folder,
      event: 'push',
      payload: payloadOf('push', { base: '0'.repeat(40), head: sha }),
      sha,
      inputs,
      env: { GITHUB_API_URL: github.url },
    });
  }

  async function verified(node: string | undefined, output: string): Promise<readonly unknown[]> {
    const { code, log, commands, outputs, summary } = await step('action.js', node, { output: join(folder, output) });
    const evidence = readFileSync(join(folder, output, 'head/a/two/evidence.json'), 'utf8');
    return [code, log, commands, outputs['verdict'], outputs['level'], summary, evidence];
  }

  it('publishing releases what passes', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    const published = await step('publish.js', NODE_24, { token: TOKENS.write, key });
    expect(published).toMatchObject({ code: 0, commands: [], outputs: { tags: 'a/one/v0.1.0\na/two/v0.1.0' } });
    expect(github.broken).toEqual([]);
  });

  it('a verdict is the same, byte for byte, when it passes and when it fails', async () => {
    expect(await verified(NODE_24, 'there')).toEqual(await verified(undefined, 'here'));
    edit(store, 'workflows/a/two/tests/accepts-within-limit.yaml', (text) =>
      text.replace('accepted: true', 'accepted: false'),
    );
    git(store, 'commit', '-q', '-a', '-m', 'break');
    const failed = await verified(NODE_24, 'there-2');
    expect(failed[0]).toBe(1);
    expect(failed).toEqual(await verified(undefined, 'here-2'));
  });
});
