import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { diskTree } from '../src/kernel/disk.ts';
import { parseDocument } from '../src/kernel/document.ts';
import { STAGES } from '../src/kernel/rules.ts';

const DOCS = diskTree('docs');
const PAGES = DOCS.list().flatMap(({ path, kind }) => (kind === 'file' && path.endsWith('.md') ? [path] : []));
const ROOT = diskTree('.');
const PATHS = new Set(ROOT.list().map(({ path }) => path));

describe('the documentation', () => {
  it.each(PAGES)('%s: links lead to files and headings that are there', (page) => {
    const broken = [...textOf(page).matchAll(/\]\(([^)\s]+)\)/gu)].flatMap(([, target = '']) => {
      if (/^https?:/u.test(target)) return [];
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? `docs/${page}` : posix.normalize(posix.join('docs', posix.dirname(page), path));
      if (!PATHS.has(file.replace(/\/$/u, ''))) return [target];
      return anchor === undefined || headings(readFileSync(file, 'utf8')).includes(anchor) ? [] : [target];
    });
    expect(broken).toEqual([]);
  });

  it.each(['formats.md', 'architecture.md', 'threat-model.md', 'README.md'])('%s: its YAML can be read', (page) => {
    for (const [, yaml = ''] of textOf(page).matchAll(/^```yaml\n(.*?)^```/gmsu)) {
      expect([yaml, parseDocument('example.yaml', new TextEncoder().encode(yaml)).findings]).toEqual([yaml, []]);
    }
  });

  it('gives a reason for every package that the source imports, at its version', () => {
    const rows = [...textOf('architecture.md').matchAll(/^\| (`[^|]+`) \| ([^|]+) \|/gmu)].flatMap(
      ([, names = '', versions = '']) =>
        names.split(', ').map((name, i) => [name.replaceAll('`', ''), versions.split(', ')[i]?.trim()] as const),
    );
    const pinned = new Map<string, string>(Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }));
    const listed = rows.filter(([, version]) => /^\d/u.test(version ?? ''));
    expect(listed.filter(([name, version]) => pinned.get(name) !== version)).toEqual([]);
    const sources = ROOT.list().filter(({ path }) => /^src\/.*(?<!\.test)\.ts$/u.test(path));
    const imported = sources.flatMap(({ path }) => [
      ...readFileSync(path, 'utf8').matchAll(/(?:from|import\() ?'((?:@[^/']+\/)?[^./'][^/']*)/gu),
    ]);
    const packages = new Set(imported.map(([, name = '']) => name).filter((name) => pinned.has(name)));
    const reasons = new Set(listed.map(([name]) => name));
    expect([...packages].filter((name) => !reasons.has(name))).toEqual([]);
  });

  it('lists the parts in the order of the dependency rule', () => {
    const parts = [...textOf('architecture.md').matchAll(/^\| \(?`([a-z]+)/gmu)].map(([, part = '']) => part);
    const sources = ROOT.list().flatMap(({ path }) => /^src\/([a-z]+)$/u.exec(path)?.[1] ?? []);
    expect(sources.filter((part) => !parts.includes(part))).toEqual([]);
    const order = readFileSync('scripts/layers.ts', 'utf8').match(/const LAYERS[^;]*;/u)?.[0] ?? '';
    const layers = [...order.matchAll(/'([a-z]+)'/gu)].map(([, layer = '']) => layer);
    expect(parts.filter((part) => layers.includes(part))).toEqual(layers.filter((layer) => parts.includes(layer)));
  });

  it('has a folder of rule pages for every stage', () => {
    expect(STAGES.filter((stage) => !PATHS.has(`docs/rules/${stage}`))).toEqual([]);
  });
});

function textOf(page: string): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(DOCS.read(page));
}

/** The anchors of a page's headings, as GitHub makes them. */
function headings(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gmu)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
