import * as z from 'zod';
import { UNPRINTABLE } from '../kernel/characters.ts';
import { canonicalJson } from '../kernel/canonical.ts';
import type { Digest } from '../kernel/digest.ts';
import type { Json } from '../kernel/json.ts';
import { parseDocument } from '../kernel/document.ts';
import { DOCUMENT_LIMITS } from '../kernel/text.ts';
import { isSemver } from '../store/version.ts';
import { isWorkflowName } from '../store/words.ts';
import { RegistryError } from './error.ts';

/**
 * What an index says about one version of a workflow: a target of its own, `<namespace>/<name>/<version>.json`. Every fact but
 * domain and intents was computed; those two are the author's words, for search, and quoted wherever they are shown.
 */

const digest = z.custom<Digest>(
  (value) => typeof value === 'string' && /^sha256-[A-Za-z0-9+/]{43}=$/.test(value),
  'a digest is sha256- and base64',
);
const word = z.string().min(1).max(500);
const words = z.array(word).max(10_000);
const instant = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'an instant is YYYY-MM-DDThh:mm:ssZ');
const name = z.custom<`${string}/${string}`>(
  (value) => typeof value === 'string' && isWorkflowName(value),
  'a workflow is <namespace>/<name>',
);
const version = z.string().refine(isSemver, 'an exact version');

const guarantees = z.strictObject({
  risk: z.enum(['low', 'moderate', 'high']),
  deterministic: z.string().max(200),
  tools: words,
  effects: words,
  outgoing: words,
  secretsRead: words,
  approvals: words,
  errors: words,
  budgets: z.record(z.string(), z.number()),
});

const blob = z.strictObject({ digest, size: z.int().min(1) });

const record = z.strictObject({
  format: z.literal('proofmark-record/1'),
  name,
  version,
  channel: z.string().max(63),
  package: blob,
  bundles: z.array(blob).min(1).max(32),
  /** Of the workflow's own files, as evidence names it. */
  workflow: digest,
  level: z.enum(['structured', 'tested', 'hardened', 'proved']),
  guarantees,
  domain: z.string().max(200).optional(),
  intents: z.array(word).max(20),
  published: instant,
  revoked: z.strictObject({ reason: word, at: instant }).optional(),
});

export type IndexRecord = Readonly<z.output<typeof record>>;
export type Guarantees = IndexRecord['guarantees'];

export const RECORD_LIMIT = 1 << 18;

/** What JSON leaves as it is and no reader takes. */
const UNSHOWN = new RegExp(`[${UNPRINTABLE}]`, 'u');

/** Every version of the workflows whose names share a hash prefix, oldest first (semver order). */
const names = z.strictObject({
  format: z.literal('proofmark-names/1'),
  names: z.record(
    z.string(),
    z.array(z.strictObject({ version, channel: z.string().max(63), revoked: z.boolean() })).max(10_000),
  ),
});

export type Names = z.output<typeof names>['names'];
export type KnownVersion = Names[string][number];

export const NAMES_LIMIT = 1 << 22;

/** Reads a record that must be of `name` at `version`: a record under another's path would be another's workflow. */
export function readRecord(
  bytes: Uint8Array,
  expected: { readonly name: string; readonly version: string },
): IndexRecord {
  const parsed = parse(record, 'record', bytes, RECORD_LIMIT);
  if (parsed.name !== expected.name || parsed.version !== expected.version) {
    throw new RegistryError(
      'contradiction',
      `the record of ${expected.name}@${expected.version} is of another version`,
    );
  }
  return parsed;
}

export function readNames(bytes: Uint8Array): Names {
  return parse(names, 'list of versions', bytes, NAMES_LIMIT).names;
}

/** Throws `malformed` for a record that no client would read: text in it that cannot be shown as it is. */
export function writeRecord(value: IndexRecord): Uint8Array {
  const text = canonicalJson(value as Json);
  const bytes = Buffer.from(`${text}\n`);
  if (bytes.length > RECORD_LIMIT || UNSHOWN.test(text) || !record.safeParse(value).success) {
    throw new RegistryError('malformed', `the record of ${value.name}@${value.version} would not be read`);
  }
  return bytes;
}

export function writeNames(value: Names): Uint8Array {
  return encode({ format: 'proofmark-names/1', names: value });
}

/** Canonical JSON and a line feed. What the schemas accept is JSON. */
export function encode(value: unknown): Uint8Array {
  return Buffer.from(`${canonicalJson(value as Json)}\n`);
}

/** Parses a file of the index whose bytes were found good: a shape that is wrong all the same is refused, not repaired. */
export function parse<T extends z.ZodType>(schema: T, what: string, bytes: Uint8Array, limit: number): z.output<T> {
  const limits = { ...DOCUMENT_LIMITS, bytes: limit, nodes: 2_000_000, places: false };
  const { value, findings } = parseDocument('index.json', bytes, limits);
  const parsed = value === undefined || findings.length > 0 ? undefined : schema.safeParse(value);
  if (parsed?.success !== true) {
    const issue = parsed?.error.issues[0];
    const at =
      issue === undefined ? (findings[0]?.rule ?? 'no value') : `${issue.path.map(String).join('/')}: ${issue.message}`;
    throw new RegistryError('malformed', `the ${what} has a wrong shape`, { said: at });
  }
  return parsed.data;
}

/** The guarantees of evidence as a record holds them; undefined where they are not what a record can say. */
export function guaranteesFrom(value: Json | undefined): Guarantees | undefined {
  const parsed = guarantees.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}
