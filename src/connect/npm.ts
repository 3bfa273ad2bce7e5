import { lstatSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { digestJson } from '../kernel/digest.ts';
import type { Json, JsonObject } from '../kernel/json.ts';
import { compareText, isObject, member } from '../kernel/json.ts';
import { ConnectError } from './error.ts';
import type { PackageSpec } from './transport.ts';

/** A package that stands in a node_modules folder, as npm's lock describes it. */
export interface InstalledPackage extends PackageSpec {
  readonly folder: string;
  /** The script that its `bin` names: absolute. */
  readonly bin: string;
  /** Subresource integrity of the tarball, from the lock. */
  readonly integrity: string;
  /**
   * Digest over name, version and integrity of the package and of everything it can load, from the lock: what decides which code
   * runs. Where packages stand in the tree does not count.
   */
  readonly lock: string;
}

const REMEDY = 'install it from a lock file with scripts off: npm ci --ignore-scripts';

/**
 * Finds a package in the node_modules folders at or above `from`, in order. We trust that npm unpacked what its lock names:
 * the folder is the user's own; what the lock pins is what the registry gave. Never runs npm or npx.
 * Throws {@link ConnectError} where it is absent, another version, a link, or not covered by an npm lock.
 */
export function findPackage(spec: PackageSpec, from: readonly string[]): InstalledPackage {
  const others: string[] = [];
  for (const root of rootsAbove(from)) {
    const folder = join(root, 'node_modules', ...spec.name.split('/'));
    const manifest = readJson(join(folder, 'package.json'));
    if (manifest === undefined) continue;
    const version = text(manifest, 'version') ?? 'no version';
    if (text(manifest, 'name') !== spec.name || version !== spec.version) {
      others.push(version);
      continue;
    }
    return describe(spec, root, folder, manifest);
  }
  if (others.length > 0) {
    throw new ConnectError(
      'package-mismatch',
      `node_modules has ${spec.name} ${others.join(', ')}; the tool contract pins ${spec.version}`,
      { remedy: REMEDY },
    );
  }
  throw new ConnectError('package-not-found', `${spec.name}@${spec.version} is not in any node_modules folder here`, {
    remedy: REMEDY,
  });
}

/** Refuses a package whose tarball or dependencies are not those of the tool contract. */
export function checkPin(found: InstalledPackage, pin: { readonly integrity: string; readonly lock: string }): void {
  if (found.integrity !== pin.integrity) {
    throw new ConnectError(
      'package-mismatch',
      `${found.name}@${found.version} has the integrity ${found.integrity}; the tool contract pins ${pin.integrity}`,
      { remedy: 'do not run it: one version of a package never changes its bytes' },
    );
  }
  if (found.lock !== pin.lock) {
    throw new ConnectError(
      'package-mismatch',
      `the locked dependencies of ${found.name}@${found.version} are not those that the tool contract was captured with`,
      { remedy: 'install from the lock file of the capture, or capture again and have the contract reviewed' },
    );
  }
}

function describe(spec: PackageSpec, root: string, folder: string, manifest: JsonObject): InstalledPackage {
  if (lstatSync(folder).isSymbolicLink()) {
    throw new ConnectError('package-mismatch', `${spec.name} in node_modules is a link`, { remedy: REMEDY });
  }
  const installed = packagesOf(readJson(join(root, 'node_modules', '.package-lock.json')));
  const place = `node_modules/${spec.name}`;
  const entry = installed === undefined ? undefined : objectAt(installed, place);
  if (installed === undefined || entry === undefined) {
    throw new ConnectError('package-mismatch', `npm's lock in node_modules does not cover ${spec.name}`, {
      remedy: REMEDY,
    });
  }
  const integrity = text(entry, 'integrity');
  if (integrity === undefined || text(entry, 'version') !== spec.version) {
    throw new ConnectError('package-mismatch', `npm's lock has no integrity for ${spec.name}@${spec.version}`, {
      remedy: REMEDY,
    });
  }
  // The project's lock lists the optional packages of every platform, the installed one only this machine's.
  const declared = packagesOf(readJson(join(root, 'package-lock.json')));
  const lock = declared !== undefined && objectAt(declared, place) !== undefined ? declared : installed;
  return {
    ...spec,
    folder,
    bin: binOf(spec, folder, manifest),
    integrity,
    lock: digestJson(closure(lock, installed, place)),
  };
}

/**
 * Name, version and integrity of every package that the one at `start` can load, by Node's resolution over the lock's tree;
 * sorted, each once.
 */
function closure(lock: JsonObject, installed: JsonObject, start: string): Json {
  const seen = new Set<string>();
  const found = new Map<string, JsonObject>();
  const queue = [start];
  for (let place = queue.pop(); place !== undefined; place = queue.pop()) {
    if (seen.has(place)) continue;
    seen.add(place);
    const entry = objectAt(lock, place) ?? {};
    const name = text(entry, 'name') ?? nameAt(place);
    const version = text(entry, 'version');
    const integrity = text(entry, 'integrity');
    const bundled = member(entry, 'inBundle') === true;
    if (version === undefined || (integrity === undefined && !bundled)) {
      throw new ConnectError('package-mismatch', `the lock has no integrity for ${name}`, { remedy: REMEDY });
    }
    const actual = objectAt(installed, place);
    if (actual !== undefined && (text(actual, 'version') !== version || text(actual, 'integrity') !== integrity)) {
      throw new ConnectError('package-mismatch', `node_modules and package-lock.json disagree on ${name}`, {
        remedy: REMEDY,
      });
    }
    // A bundled package is inside its parent's tarball, whose integrity covers it.
    found.set(`${name}@${version} ${integrity ?? ''}`, { name, version, integrity: integrity ?? null });
    for (const { dependency, required } of dependenciesOf(entry)) {
      const next = resolveFrom(lock, place, dependency);
      // A dependency that is not here would be looked for in folders above, which no lock covers.
      const missing = next === undefined || (actual !== undefined && objectAt(installed, next) === undefined);
      if (required && missing) {
        throw new ConnectError('package-mismatch', `${dependency}, which ${name} needs, is not installed`, {
          remedy: REMEDY,
        });
      }
      if (next !== undefined) queue.push(next);
    }
  }
  return [...found].toSorted(([a], [b]) => compareText(a, b)).map(([, item]) => item);
}

function dependenciesOf(entry: JsonObject): readonly { readonly dependency: string; readonly required: boolean }[] {
  const optionalPeers = objectAt(entry, 'peerDependenciesMeta') ?? {};
  const names = (key: string): readonly string[] => Object.keys(objectAt(entry, key) ?? {});
  return [
    ...names('dependencies').map((dependency) => ({ dependency, required: true })),
    ...names('optionalDependencies').map((dependency) => ({ dependency, required: false })),
    ...names('peerDependencies').map((dependency) => ({
      dependency,
      required: member(objectAt(optionalPeers, dependency) ?? {}, 'optional') !== true,
    })),
  ];
}

/** The place of `dependency` as code at `place` would find it: nearest node_modules first. */
function resolveFrom(lock: JsonObject, place: string, dependency: string): string | undefined {
  for (let base = place; ;) {
    const candidate = `${base === '' ? '' : `${base}/`}node_modules/${dependency}`;
    if (objectAt(lock, candidate) !== undefined) return candidate;
    if (base === '') return undefined;
    const cut = base.lastIndexOf('node_modules/');
    base = cut <= 0 ? '' : base.slice(0, cut - 1);
  }
}

function nameAt(place: string): string {
  return place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

/** The one script of a package, chosen as npx does: its only `bin`, or the one that has the package's own name. */
function binOf(spec: PackageSpec, folder: string, manifest: JsonObject): string {
  const bin = member(manifest, 'bin');
  const own = spec.name.slice(spec.name.lastIndexOf('/') + 1);
  const table = isObject(bin) ? bin : {};
  const keys = Object.keys(table);
  const path = typeof bin === 'string' ? bin : member(table, keys.length === 1 ? (keys[0] ?? own) : own);
  if (typeof path !== 'string') {
    throw new ConnectError('package-mismatch', `${spec.name} names no single program to start`, {
      remedy: 'pin a package with one bin',
    });
  }
  let script: string;
  try {
    script = realpathSync(resolve(folder, path));
  } catch {
    throw new ConnectError('package-mismatch', `${spec.name} lacks the program that its bin names`, { remedy: REMEDY });
  }
  if (!script.startsWith(realpathSync(folder) + sep)) {
    throw new ConnectError('package-mismatch', `the bin of ${spec.name} lies outside the package`, {
      remedy: 'do not run it',
    });
  }
  return script;
}

/** Each folder once, nearest first. */
function rootsAbove(from: readonly string[]): readonly string[] {
  const roots = new Set<string>();
  for (const start of from) {
    for (let folder = resolve(start); ; folder = dirname(folder)) {
      roots.add(folder);
      if (dirname(folder) === folder) break;
    }
  }
  return [...roots];
}

function packagesOf(lock: JsonObject | undefined): JsonObject | undefined {
  return lock === undefined ? undefined : objectAt(lock, 'packages');
}

function readJson(path: string): JsonObject | undefined {
  let source: string;
  try {
    source = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  try {
    const parsed = JSON.parse(source) as Json;
    return isObject(parsed) ? parsed : undefined;
  } catch {
    throw new ConnectError('package-mismatch', `${path} is not JSON`, { remedy: REMEDY });
  }
}

function objectAt(object: JsonObject, key: string): JsonObject | undefined {
  const found = member(object, key);
  return isObject(found) ? found : undefined;
}

function text(object: JsonObject, key: string): string | undefined {
  const found = member(object, key);
  return typeof found === 'string' ? found : undefined;
}
