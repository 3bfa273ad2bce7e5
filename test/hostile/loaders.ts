import { isObject, type Json } from '../../src/kernel/json.ts';
import { EventError, parseEvent } from '../../src/github/event.ts';
import { diskTree } from '../../src/kernel/disk.ts';
import { parseDocument } from '../../src/kernel/document.ts';
import type { Finding } from '../../src/kernel/finding.ts';
import { memoryTree, overlayTree, type Tree } from '../../src/kernel/tree.ts';
import { loadStore } from '../../src/pipeline/load.ts';
import { NO_RELEASES } from '../../src/pipeline/releases.ts';
import { loadEngine } from '../../src/policy/engine.ts';
import { loadPolicies } from '../../src/policy/cedar.ts';
import { openIndex } from '../../src/registry/client.ts';
import { RegistryError } from '../../src/registry/error.ts';
import { readSearch } from '../../src/registry/lists.ts';
import { resolve, versionsOf } from '../../src/registry/lookup.ts';
import { readLockfile } from '../../src/registry/lockfile.ts';
import { readNames, readRecord } from '../../src/registry/record.ts';
import { indexTrustText, readIndexTrust } from '../../src/registry/trust.ts';
import { TrustedMetadata } from '../../src/registry/trusted.ts';
import { checkSchema } from '../../src/schema/check.ts';
import { readBundle } from '../../src/seal/bundle.ts';
import { readEvidence } from '../../src/seal/evidence.ts';
import { readJson } from '../../src/seal/json-file.ts';
import { readPackage } from '../../src/seal/pack.ts';
import { readStatement } from '../../src/seal/statement.ts';
import { readTrust, trustText } from '../../src/seal/trust.ts';
import { verifySeal } from '../../src/seal/verify.ts';
import { parseRecording } from '../../src/simulate/recording.ts';
import { parseWitness } from '../../src/simulate/witness.ts';
import { loadAttacks } from '../../src/stages/adversarial/fixture.ts';
import { describe } from '../../src/stages/texts.ts';
import { Defect } from '../../src/kernel/result.ts';
import { freshMemory, NOW, sampleIndex, sealedSample } from '../indexing.ts';
import { EXPECTED, sampleEvidence } from '../sealing.ts';

/** A reader of something that somebody else wrote. */
export interface Loader {
  readonly name: string;
  /** Inputs that it takes; mutations start from them. */
  readonly samples: readonly Uint8Array[];
  /** Whether the samples are YAML or JSON, so that they can be changed as trees. */
  readonly structured: boolean;
  /**
   * `loaded`, or how it was refused: a finding, a result, a coded error. Throws what nobody may ever see.
   */
  readonly load: (bytes: Uint8Array) => string | Promise<string>;
}

const encode = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));

const STORE = diskTree('fixtures/store');
const POLICIES = shippedPolicies();
/** One workflow with the tools that it and the policies speak of. */
const KEPT = /^(?:store\.yaml|policies\b.*|tools(?:\/(?:identity|mail|payments)\.yaml)?|workflows(?:\/finance\b.*)?)$/u;
const BASE = overlayTree(
  STORE,
  memoryTree({}),
  STORE.list()
    .map(({ path }) => path)
    .filter((path) => !KEPT.test(path)),
);

/** Every loader, in a fixed order. */
export async function loaders(): Promise<readonly Loader[]> {
  const engine = await loadEngine();
  const sample = await sampleIndex();
  await sample.publish();
  const { index, root, key, trust } = sample;
  const sealed = await sealedSample(key);
  const witness = {
    format: 'proofmark-witness/1',
    rule: 'property/invariant-violated',
    subject: { name: 'finance/pay-invoice', version: '1.0.0', digest: `sha256-${'A'.repeat(43)}=` },
    law: `sha256-${'A'.repeat(43)}=`,
    input: { messageId: 'msg-1', purchaseOrders: [] },
    replies: {
      '/do/0/fetch': [{ structured: { body: 'x' } }, { error: 'timeout' }],
      '/do/2/ask': [{ approved: true, by: 'a' }],
    },
    choices: { '/do/1/race': 'first' },
  };
  const own = trustText('us', key.publicKey);
  const bundles = sealed.bundles.map(({ bytes }) => bytes);
  // All bins but two are alike.
  const files = [...index.files].filter(([path]) => !/bin-(?!0[01])/u.test(path));
  const paths = (pattern: RegExp): readonly Uint8Array[] =>
    files.flatMap(([path, bytes]) => (pattern.test(path) ? [bytes] : []));
  const lock = {
    format: 'proofmark-lock/1',
    index: { address: 'https://acme.example/store', timestamp: 1, snapshot: 1 },
    folder: 'workflows',
    workflows: {
      'finance/pay-invoice': {
        version: '1.0.0',
        package: `sha256-${'A'.repeat(43)}=`,
        level: 'hardened',
        operators: ['us'],
      },
    },
  };
  const events = diskTree('fixtures/events');
  const payloads = events.list().map(({ path }) => {
    const text = new TextDecoder().decode(events.read(path));
    return encode(text.replaceAll(/\{\{\w+\}\}/gu, 'a'.repeat(40)));
  });

  const ofStore = (name: string, pattern: RegExp, path: (at: string) => string = (at) => at): Loader => {
    const at = BASE.list().flatMap((entry) => (entry.kind === 'file' && pattern.test(entry.path) ? [entry.path] : []));
    return {
      name,
      structured: !pattern.source.includes('cedar') && !pattern.source.includes('README'),
      samples: at.map((file) => BASE.read(file) ?? new Uint8Array()),
      load: async (bytes) =>
        spoken(await read(overlayTree(BASE, memoryTree({ [path(at[0] ?? '')]: bytes })), name === 'policy')),
    };
  };

  return [
    ofStore('store.yaml', /^store\.yaml$/u),
    ofStore('tool contract', /^tools\/payments\.yaml$/u),
    ofStore('policy', /^policies\/.*\.cedar$/u),
    ofStore('workflow.yaml', /\/workflow\.yaml$/u),
    ofStore('contract.yaml', /\/contract\.yaml$/u),
    ofStore('case', /\/tests\/pays-matching-invoice\.yaml$/u),
    ofStore('README', /\/README\.md$/u),
    {
      name: 'YAML',
      structured: true,
      samples: STORE.list().flatMap(({ path, kind }) =>
        kind === 'file' && path.endsWith('.yaml') ? [STORE.read(path) ?? new Uint8Array()] : [],
      ),
      load: (bytes) => document('any.yaml', bytes),
    },
    {
      name: 'JSON',
      structured: true,
      samples: [encode(witness), ...paths(/\.json$/u), ...payloads],
      load: (bytes) => document('any.json', bytes),
    },
    {
      name: 'JSON Schema',
      structured: true,
      samples: [
        encode({
          type: 'object',
          additionalProperties: false,
          required: ['a'],
          properties: {
            a: { type: 'string', pattern: '^[a-z]+(?:-[a-z]+)*$', maxLength: 40 },
            b: { $ref: '#/$defs/b' },
            c: { anyOf: [{ type: 'integer', multipleOf: 0.01 }, { enum: [1, 'x', null] }], format: 'date' },
            d: {
              type: 'array',
              items: { oneOf: [{ const: 1 }, { not: { type: 'null' } }] },
              uniqueItems: true,
              maxItems: 9,
            },
          },
          patternProperties: { '^x-': { if: true, then: { minimum: 1 }, else: false } },
          $defs: { b: { allOf: [{ type: 'object' }, { $ref: '#/$defs/c' }] }, c: { dependentRequired: { a: ['b'] } } },
        }),
      ],
      load: (bytes) => {
        const { value, findings } = parseDocument('schema.json', bytes);
        if (value === undefined) return verdict(findings);
        return checkSchema(value, { unknown: 'refuse' })[0]?.code ?? 'loaded';
      },
    },
    {
      name: 'prompt fixture',
      structured: true,
      samples: [
        encode({ id: 'a-goal', references: ['ASI01'], fits: ['message'], text: 'Do it.', goal: '.calls | length > 0' }),
      ],
      load: (bytes) => {
        try {
          loadAttacks(memoryTree({ 'a-goal.yaml': bytes }));
          return 'loaded';
        } catch (error) {
          // They ship with Proofmark: a wrong one is our own mistake, and says so.
          if (error instanceof Defect) return 'refused';
          throw error;
        }
      },
    },
    {
      name: 'policy pack',
      structured: false,
      samples: POLICIES.map(({ text }) => encode(text)),
      load: (bytes) => {
        const { findings } = loadPolicies(
          [{ path: 'policies/one.cedar', text: new TextDecoder().decode(bytes) }],
          engine,
        );
        return verdict(findings);
      },
    },
    {
      name: 'witness',
      structured: true,
      samples: [encode(witness)],
      load: (bytes) => {
        const { value, findings } = parseDocument('witness.json', bytes);
        if (value === undefined) return verdict(findings);
        const recording = parseRecording(value);
        const parsed = parseWitness(value);
        return parsed.ok || recording.ok ? 'loaded' : 'refused';
      },
    },
    {
      name: 'evidence',
      structured: true,
      samples: [encode(sampleEvidence())],
      load: (bytes) => {
        const { value, findings } = parseDocument('evidence.json', bytes);
        if (value === undefined) return verdict(findings);
        return 'problem' in readEvidence(value) ? 'refused' : 'loaded';
      },
    },
    {
      name: 'JSON of a seal',
      structured: true,
      samples: bundles,
      load: (bytes) => ('problem' in readJson(bytes) ? 'refused' : 'loaded'),
    },
    {
      name: 'bundle',
      structured: true,
      samples: bundles,
      load: (bytes) => ('problem' in readBundle(bytes) ? 'refused' : 'loaded'),
    },
    {
      name: 'seal',
      structured: true,
      samples: bundles,
      load: (bytes) => {
        const seal = verifySeal(
          { package: sealed.package, bundles: sealed.bundles.map((file, i) => (i === 0 ? { ...file, bytes } : file)) },
          trust.seal,
          {
            ...EXPECTED,
            version: '1.0.0',
          },
        );
        return seal.ok ? 'loaded' : seal.error.code;
      },
    },
    {
      name: 'statement',
      structured: true,
      samples: bundles.map((bytes) => payloadOf(bytes)),
      load: (bytes) => ('problem' in readStatement(bytes) ? 'refused' : 'loaded'),
    },
    {
      name: 'package',
      structured: false,
      samples: [sealed.package],
      load: (bytes) => {
        const read_ = readPackage(bytes);
        return read_.ok ? 'loaded' : read_.error.code;
      },
    },
    {
      name: 'trust file',
      structured: true,
      samples: [encode(own), encode(indexTrustText(encode(own), 'example-store', root))],
      load: (bytes) => {
        const seal = readTrust('trust.json', bytes);
        const whole = readIndexTrust('trust.json', bytes);
        return seal.ok && whole.ok ? 'loaded' : 'refused';
      },
    },
    coded('record', paths(/^targets\/finance\//u), (bytes) =>
      readRecord(bytes, { name: 'finance/pay-invoice', version: '1.0.0' }),
    ),
    coded('list of versions', paths(/^targets\/names\//u), (bytes) => readNames(bytes)),
    coded('search list', paths(/^targets\/search\//u), (bytes) => [...readSearch(bytes)]),
    coded('lock file', [encode(lock)], (bytes) => readLockfile(bytes)),
    coded('root', paths(/^metadata\/.*root\.json$/u), (bytes) => new TrustedMetadata(bytes, NOW).root),
    coded('next root', paths(/^metadata\/.*root\.json$/u), (bytes) => {
      try {
        new TrustedMetadata(root, NOW).updateRoot(bytes);
      } catch (error) {
        if (!(error instanceof RegistryError) || error.code !== 'rollback') throw error;
      }
    }),
    coded('timestamp', paths(/^metadata\/timestamp\.json$/u), (bytes) =>
      new TrustedMetadata(root, NOW).updateTimestamp(bytes),
    ),
    {
      name: 'index',
      structured: true,
      samples: files.map(([, bytes]) => bytes),
      load: async (bytes) => {
        // The mutated file stands in the place of the one that it came from, or of any.
        const path = files[bytes.length % files.length]?.[0] ?? '';
        const reader = {
          read: (wanted: string, limit: number) => {
            const found = wanted === path ? bytes : index.files.get(wanted);
            if (found !== undefined && found.length > limit)
              return Promise.reject(new RegistryError('too-large', `${wanted} is larger than ${limit} bytes`));
            return Promise.resolve(found);
          },
        };
        try {
          const opened = await openIndex(reader, root, NOW, freshMemory());
          await versionsOf(opened, 'finance/pay-invoice');
          await resolve(opened, 'finance/pay-invoice', undefined, 'stable');
          return 'loaded';
        } catch (error) {
          if (error instanceof RegistryError) return error.code;
          throw error;
        }
      },
    },
    {
      name: 'event',
      structured: true,
      samples: payloads,
      load: (bytes) => {
        const { value, findings } = parseDocument('event.json', bytes);
        if (value === undefined) return verdict(findings);
        const events = ['pull_request', 'merge_group', 'push', 'schedule', 'issues'];
        return events.filter((name) => isEvent(name, value)).length > 1 ? 'loaded' : 'refused';
      },
    },
  ];

  function coded(name: string, samples: readonly Uint8Array[], load: (bytes: Uint8Array) => unknown): Loader {
    if (samples.length === 0)
      throw new Error(`there is no ${name} to start from: ${files.map(([path]) => path).join(' ')}`);
    return {
      name,
      samples,
      structured: true,
      load: (bytes) => {
        try {
          load(bytes);
          return 'loaded';
        } catch (error) {
          if (error instanceof RegistryError) return error.code;
          throw error;
        }
      },
    };
  }
}

function isEvent(name: string, payload: Json): boolean {
  try {
    parseEvent(name, payload);
    return true;
  } catch (error) {
    if (error instanceof EventError) return false;
    throw error;
  }
}

/** As `verify` reads a store; the policies that ship are the same whatever else changes, and take most of the time. */
function read(tree: Tree, withPacks: boolean): Promise<readonly Finding[]> {
  return loadStore({
    tree,
    policies: withPacks ? POLICIES : [],
    attacks: [],
    wanted: [],
    releases: NO_RELEASES,
    runs: 1,
    seed: 1,
  }).then((store) => [...store.findings, ...store.workflows.flatMap(({ findings }) => findings)]);
}

/** What is said of findings; each must have a place and words. */
function spoken(findings: readonly Finding[]): string {
  for (const found of findings) {
    const { sentence, remedy } = describe(found);
    const { line, column, file } = found.place;
    if (!(line >= 1 && column >= 1) || file.startsWith('/') || sentence.length + remedy.length > 4_000)
      throw new Error(`a finding without a place or with too many words: ${found.rule}`);
  }
  return verdict(findings);
}

function verdict(findings: readonly Finding[]): string {
  return findings[0]?.rule ?? 'loaded';
}

function document(file: string, bytes: Uint8Array): string {
  const { findings, locate, value } = parseDocument(file, bytes);
  // Asking for places is part of the work, also of those that are not there.
  for (const found of findings) locate(found.place.pointer, { offset: 0, length: 3 });
  if (value === undefined && findings.length === 0) throw new Error('neither a value nor a finding');
  return verdict(findings);
}

function payloadOf(bundle: Uint8Array): Uint8Array {
  const parsed: unknown = JSON.parse(new TextDecoder().decode(bundle));
  const envelope = isObject(parsed as Json)
    ? (parsed as { readonly dsseEnvelope?: { readonly payload?: string } }).dsseEnvelope
    : undefined;
  return Buffer.from(envelope?.payload ?? '', 'base64');
}

function shippedPolicies(): readonly { readonly path: string; readonly text: string }[] {
  const tree = diskTree('policies');
  return tree.list().map(({ path }) => ({ path: `policies/${path}`, text: new TextDecoder().decode(tree.read(path)) }));
}
