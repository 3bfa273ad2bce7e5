import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run as verify } from '../src/cli/verify.ts';
import { isInstalled, SECOND_SOLVERS } from '../src/connect/second-solver.ts';
import { testIo } from './io.ts';
import { CASES, workflow } from './prove/relations.ts';
import { filesOf } from './seeded/describe.ts';
import { LAW } from './seeded/law.ts';
import { removeFolder, temporaryFolder, writeFile } from './servers/install.ts';

/** `proofmark verify --second-solver`: an installed program is asked the same, and must agree. */

let store = '';
let programs = '';
beforeEach(() => {
  store = temporaryFolder();
  programs = temporaryFolder();
  const [, input, none] = CASES[0] ?? [];
  if (input === undefined || none === undefined) throw new Error('there are cases');
  for (const [path, content] of Object.entries({ ...LAW, ...filesOf(workflow(input, none), false) }))
    writeFile(store, path, content.replace('"paths":1,"rlimit":1', '"paths":500,"rlimit":20000000'));
});
afterEach(() => {
  removeFolder(store);
  removeFolder(programs);
});

interface Seen {
  readonly code: number;
  readonly crashes: readonly string[];
  readonly evidence: unknown;
}

async function judged(second: readonly string[], path?: string): Promise<Seen> {
  const { io, out } = testIo(store, path === undefined ? {} : { PATH: path });
  const results = join(programs, 'results');
  const code = await verify(['--format', 'json', '--stage', 'policy', '--output', results, ...second], io);
  const { workflows } = JSON.parse(out()) as { workflows: { crashes: { message: string }[] }[] };
  const evidence: unknown = JSON.parse(readFileSync(join(results, 'seeded', 'relations', 'evidence.json'), 'utf8'));
  return { code, crashes: workflows.flatMap(({ crashes }) => crashes.map(({ message }) => message)), evidence };
}

describe('--second-solver', { timeout: 60_000 }, () => {
  for (const program of SECOND_SOLVERS) {
    const isHere = isInstalled({ program, path: process.env['PATH'] });
    it.skipIf(!isHere)(`${program}, as installed here, agrees and leaves no trace in the evidence`, async () => {
      const alone = await judged([]);
      expect(alone.evidence).toMatchObject({ queries: [expect.stringMatching(/^sha256-/u)] });
      expect(await judged(['--second-solver', program])).toEqual(alone);
    });
  }

  it('that says the contrary is a fault with a name', async () => {
    writeFile(programs, 'z3', '#!/bin/sh\necho sat\n');
    chmodSync(join(programs, 'z3'), 0o755);
    const seen = await judged(['--second-solver', 'z3'], `${programs}:/usr/bin:/bin`);
    expect(seen.code).toBe(3);
    expect(seen.crashes).toEqual([
      expect.stringMatching(/^ConnectError: our solver says unsat and z3 says sat of the question sha256-/u),
    ]);
  });

  it('that is unknown, or not installed, is wrong use', async () => {
    await expect(judged(['--second-solver', 'other'])).rejects.toThrow('--second-solver takes one of z3, cvc5');
    await expect(judged(['--second-solver', 'z3'], programs)).rejects.toThrow('z3 is not installed');
  });
});
