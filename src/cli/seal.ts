import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import manifest from '../../package.json' with { type: 'json' };
import { ConnectError } from '../connect/error.ts';
import { readKey } from '../connect/key.ts';
import { gitReleases } from '../connect/releases.ts';
import { DiskError, diskTree } from '../kernel/disk.ts';
import { hexOf } from '../kernel/digest.ts';
import { encodeLine } from '../kernel/encode.ts';
import { assert } from '../kernel/result.ts';
import type { Tree } from '../kernel/tree.ts';
import { loadStore } from '../pipeline/load.ts';
import { folderReleases, type Releases } from '../pipeline/releases.ts';
import { type SealedWorkflow, sealWorkflow } from '../pipeline/seal.ts';
import { verify } from '../pipeline/verify.ts';
import { conclusion, type Page, workflowBlock } from '../report/pretty.ts';
import { COLOUR, PLAIN } from '../report/style.ts';
import { sentenceOf } from '../seal/refusal.ts';
import { type BundleSigner, keySigner, type SigningKey } from '../seal/sign.ts';
import { LOCAL_BUILDER } from '../seal/statement.ts';
import { keyTrust } from '../seal/trust.ts';
import { verifySeal } from '../seal/verify.ts';
import { isWorkflowName } from '../store/words.ts';
import { explainConnection } from './connection.ts';
import { type ExitCode, type Io, UsageError } from './io.ts';
import { shipped } from './shipped.ts';

const SEED = 1;

/** `proofmark seal WORKFLOW`: verifies from scratch; what passes is packed, attested and signed. */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      store: { type: 'string', default: '.' },
      key: { type: 'string' },
      output: { type: 'string' },
      releases: { type: 'string' },
      time: { type: 'string' },
    },
  });
  const [workflow, ...rest] = positionals;
  if (workflow === undefined || rest.length > 0 || !isWorkflowName(workflow))
    throw new UsageError('name one workflow, for example: seal finance/pay-invoice');
  if (values.key === undefined) throw new UsageError('--key FILE is needed; proofmark key FILE makes one');
  if (values.output === undefined) throw new UsageError('--output DIR is needed');
  if (values.time !== undefined && !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(values.time))
    throw new UsageError('--time takes an instant in UTC, as 2026-11-23T10:00:00Z');
  const output = resolve(io.cwd, values.output);
  const root = resolve(io.cwd, values.store);
  try {
    // Read before the work: a key that cannot be used should not cost a verification.
    const key = readKey(resolve(io.cwd, values.key));
    const releases =
      values.releases === undefined
        ? gitReleases(root, io.env['PATH'])
        : folderReleases(open(resolve(io.cwd, values.releases)));
    const sealed = await judgeAndSeal(workflow, { root, releases, signer: keySigner(key), time: values.time, io });
    if (typeof sealed === 'number') return sealed;
    checkOwnSeal(sealed, key);
    return deliver(sealed, output, io);
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    io.stderr(explainConnection('proofmark seal', error));
    return 2;
  }
}

interface Sealing {
  readonly root: string;
  readonly releases: Releases;
  readonly signer: BundleSigner;
  readonly time: string | undefined;
  readonly io: Io;
}

async function judgeAndSeal(workflow: string, sealing: Sealing): Promise<SealedWorkflow | ExitCode> {
  const { root, releases, signer, time, io } = sealing;
  const home = shipped(io.home);
  const tree = open(root);
  const page: Page = { style: io.isTTY ? COLOUR : PLAIN, sourceOf: () => undefined };
  const store = await loadStore({
    tree,
    policies: home.policies,
    attacks: home.attacks,
    wanted: [workflow],
    releases,
    runs: undefined,
    seed: SEED,
  });
  if (store.absent.length > 0) throw new UsageError(`the store has no workflow ${workflow}`);
  const report = verify(store, {
    seed: SEED,
    asOf: undefined,
    verifier: home.digest,
    judged: (one) => io.stdout(workflowBlock(one, page)),
  });
  const [judged] = report.workflows;
  if (!report.passed || judged === undefined) {
    io.stdout(conclusion(report, page));
    io.stderr('proofmark seal: nothing was sealed: only what passes is\n');
    return report.exitCode === 0 ? 3 : report.exitCode;
  }
  const claims = {
    verifier: manifest.version,
    builder: LOCAL_BUILDER,
    ...(time === undefined ? {} : { timeVerified: time }),
  };
  const sealed = await sealWorkflow({ tree, store, report: judged, signer, claims });
  if (sealed.ok) return sealed.value;
  const why =
    sealed.error.code === 'no-package'
      ? `it cannot be packed: ${sealed.error.problem.code} (${encodeLine(sealed.error.problem.at, 200)})`
      : 'only what passes is';
  io.stderr(`proofmark seal: nothing was sealed: ${why}\n`);
  return 1;
}

/** A seal that we refuse ourselves is our own fault and never leaves the program. */
function checkOwnSeal({ store, name, version, packed, bundles }: SealedWorkflow, key: SigningKey): void {
  const trust = keyTrust('self', key.publicKey);
  assert(trust.ok, 'the public half of a signing key is a trusted signer');
  const { level } = packed.evidence;
  const expected = { store, name, version, level, day: '9999-12-31' };
  const seal = verifySeal({ package: packed.bytes, bundles }, trust.value, expected);
  assert(seal.ok, `a seal verifies as it is made: ${seal.ok ? '' : sentenceOf(seal.error)}`);
}

/** Writes package and bundles, the package last: what is incomplete has none. Nothing is written over. */
function deliver({ file, packed, bundles }: SealedWorkflow, output: string, io: Io): ExitCode {
  const files = [...bundles, { name: file, bytes: packed.bytes }];
  const taken = files.find(({ name }) => existsSync(join(output, name)));
  if (taken !== undefined)
    throw new UsageError(
      `${encodeLine(join(output, taken.name), 300)} exists already: a version is sealed once; nothing was written`,
    );
  const written: string[] = [];
  try {
    mkdirSync(output, { recursive: true });
    for (const { name, bytes } of files) {
      const partial = join(output, `${name}.partial`);
      written.push(partial);
      writeFileSync(partial, bytes, { flag: 'wx', flush: true });
    }
    for (const { name } of files) {
      renameSync(join(output, `${name}.partial`), join(output, name));
      written.push(join(output, name));
    }
  } catch (error) {
    for (const path of written) rmSync(path, { force: true });
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'it failed';
    throw new UsageError(`${encodeLine(output, 300)} cannot be written (${code}); nothing was left there`);
  }
  io.stdout(`\nsealed ${file}  sha256:${hexOf(packed.digest)}\n`);
  for (const { name } of bundles) io.stdout(`       ${name}\n`);
  return 0;
}

function open(root: string): Tree {
  try {
    return diskTree(root);
  } catch (error) {
    if (error instanceof DiskError) throw new UsageError(`${encodeLine(root, 300)}: ${error.message}`);
    throw error;
  }
}
