import { withSolver } from '../connect/solver.ts';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import manifest from '../../package.json' with { type: 'json' };
import { ConnectError } from '../connect/error.ts';
import { readKey } from '../connect/key.ts';
import { githubIdentity, keylessSigner, servicesAt } from '../connect/keyless.ts';
import { originOf } from '../connect/origin.ts';
import { gitReleases } from '../connect/releases.ts';
import { DiskError, diskTree, readFile } from '../kernel/disk.ts';
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
import { packageFile } from '../seal/pack.ts';
import { sentenceOf } from '../seal/refusal.ts';
import { type BundleSigner, keySigner } from '../seal/sign.ts';
import { keyTrust, readTrust, type Trust } from '../seal/trust.ts';
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
      keyless: { type: 'boolean', default: false },
      fulcio: { type: 'string' },
      rekor: { type: 'string' },
      timestamp: { type: 'string' },
      trust: { type: 'string' },
    },
  });
  const [workflow, ...rest] = positionals;
  if (workflow === undefined || rest.length > 0 || !isWorkflowName(workflow))
    throw new UsageError('name one workflow, for example: seal finance/pay-invoice');
  if (values.keyless === (values.key !== undefined))
    throw new UsageError('one of --key FILE and --keyless is needed; proofmark key FILE makes a key');
  if (values.output === undefined) throw new UsageError('--output DIR is needed');
  if (values.time !== undefined && !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(values.time))
    throw new UsageError('--time takes an instant in UTC, as 2026-11-23T10:00:00Z');
  const output = resolve(io.cwd, values.output);
  const root = resolve(io.cwd, values.store);
  try {
    // Read before the work: what cannot be used should not cost a verification.
    const { signer, trust } = values.key === undefined ? keyless(values, io) : withKey(values.key, values.trust, io);
    const releases =
      values.releases === undefined
        ? gitReleases(root, io.env['PATH'])
        : folderReleases(open(resolve(io.cwd, values.releases)));
    const sealed = await judgeAndSeal(workflow, { root, output, releases, signer, time: values.time, io });
    if (typeof sealed === 'number') return sealed;
    if (trust !== undefined) {
      const refused = refusalOf(sealed, trust);
      assert(refused === undefined || values.trust !== undefined, `a seal verifies as it is made: ${refused}`);
      if (refused !== undefined) {
        io.stderr(`proofmark seal: nothing was written: the trust refuses the seal: ${encodeLine(refused, 400)}\n`);
        return 1;
      }
    }
    return deliver(sealed, output, io);
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    io.stderr(explainConnection('proofmark seal', error));
    return 2;
  }
}

interface Signing {
  readonly signer: BundleSigner;
  /** By which the seal is verified before anything is written; absent where only others can tell. */
  readonly trust: Trust | undefined;
}

/** A seal by a key can always be verified by who made it. */
function withKey(file: string, trustFile: string | undefined, io: Io): Signing {
  const key = readKey(resolve(io.cwd, file));
  const own = keyTrust('self', key.publicKey);
  assert(own.ok, 'the public half of a signing key is a trusted signer');
  return { signer: keySigner(key), trust: trustFile === undefined ? own.value : readTrustFile(trustFile, io) };
}

function keyless(
  values: Readonly<Partial<Record<'fulcio' | 'rekor' | 'timestamp' | 'trust', string>>>,
  io: Io,
): Signing {
  const token = githubIdentity(io.env);
  if (token === undefined) {
    throw new ConnectError('identity-token', 'there is no identity token to be had here', {
      remedy: 'seal with --key, or in a GitHub job with `permissions: id-token: write`',
    });
  }
  const services = servicesAt(values);
  if (!services.ok) throw new UsageError(`--${services.error} takes an https address`);
  return {
    signer: keylessSigner(token, services.value),
    trust: values.trust === undefined ? undefined : readTrustFile(values.trust, io),
  };
}

function readTrustFile(file: string, io: Io): Trust {
  let bytes: Uint8Array;
  try {
    bytes = readFile(resolve(io.cwd, file));
  } catch {
    throw new UsageError(`the trust file ${encodeLine(file, 200)} cannot be read`);
  }
  const trust = readTrust(file, bytes);
  if (!trust.ok)
    throw new UsageError(`the trust file ${encodeLine(file, 200)} is not one: ${encodeLine(trust.error, 200)}`);
  return trust.value;
}

interface Sealing {
  readonly root: string;
  readonly output: string;
  readonly releases: Releases;
  readonly signer: BundleSigner;
  readonly time: string | undefined;
  readonly io: Io;
}

async function judgeAndSeal(workflow: string, sealing: Sealing): Promise<SealedWorkflow | ExitCode> {
  const { root, output, releases, signer, time, io } = sealing;
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
  const version = store.workflows[0]?.subject?.workflow.version;
  if (version !== undefined && isWorkflowName(workflow)) refuseToReplace(join(output, packageFile(workflow, version)));
  const report = await withSolver(io.home, (solver) =>
    verify(store, {
      seed: SEED,
      asOf: undefined,
      verifier: home.digest,
      solver,
      judged: (one) => io.stdout(workflowBlock(one, page)),
    }),
  );
  const [judged] = report.workflows;
  if (!report.passed || judged === undefined) {
    io.stdout(conclusion(report, page));
    io.stderr('proofmark seal: nothing was sealed: only what passes is\n');
    return report.exitCode === 0 ? 3 : report.exitCode;
  }
  const claims = {
    verifier: manifest.version,
    ...originOf(io.env),
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

/** Why a consumer with this trust would refuse the seal; a seal that is refused never leaves the program. */
function refusalOf({ store, name, version, packed, bundles }: SealedWorkflow, trust: Trust): string | undefined {
  const { level } = packed.evidence;
  // Whether other operators have signed as well, and until when they are trusted, is not ours to say.
  const alone = { ...trust, need: 1 };
  const expected = { store, name, version, level, day: '0000-00-00' };
  const seal = verifySeal({ package: packed.bytes, bundles }, alone, expected);
  return seal.ok ? undefined : sentenceOf(seal.error);
}

/** Writes package and bundles, the package last: what is incomplete has none. Nothing is written over. */
function deliver({ file, packed, bundles }: SealedWorkflow, output: string, io: Io): ExitCode {
  const files = [...bundles, { name: file, bytes: packed.bytes }];
  for (const { name } of files) refuseToReplace(join(output, name));
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
  const kinds = bundles.map(({ kind }) => kind).join(',');
  io.stdout(`       ${file.replace(/\.tar$/u, '')}.{${kinds}}.sigstore.json\n`);
  return 0;
}

function refuseToReplace(path: string): void {
  if (existsSync(path))
    throw new UsageError(`${encodeLine(path, 300)} exists already: a version is sealed once; nothing was written`);
}

function open(root: string): Tree {
  try {
    return diskTree(root);
  } catch (error) {
    if (error instanceof DiskError) throw new UsageError(`${encodeLine(root, 300)}: ${error.message}`);
    throw error;
  }
}
