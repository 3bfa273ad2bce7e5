import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { starter } from '../src/cli/starter.ts';
import { writeFile } from './servers/install.ts';

const STORE = `store: sample
namespaces: { a: { owners: ['@sample/a'] } }
secrecy: [internal]
levels: { low: tested, moderate: hardened, high: hardened }
limits: { worlds: 20, paths: 200, rlimit: 1000000 }
`;

const POLICY = `@id("no-mail")
@title("Nobody reads mail")
@rationale("A sample.")
@reference("none")
forbid (principal, action == Action::"mail/list_messages", resource);
`;

/** Writes a store that passes and is judged fast: two workflows, one tool contract, one policy. */
export function writeSampleStore(folder: string): void {
  writeFile(folder, 'store.yaml', STORE);
  writeFile(folder, 'policies/no-mail.cedar', POLICY);
  cpSync('fixtures/store/tools/mail.yaml', join(folder, 'tools/mail.yaml'));
  writeWorkflow(folder, 'a/one');
  writeWorkflow(folder, 'a/two');
}

export function writeWorkflow(folder: string, name: string): void {
  const [namespace = '', own = ''] = name.split('/');
  for (const [path, text] of Object.entries(starter(namespace, own)))
    writeFile(folder, `workflows/${name}/${path}`, text);
}

/** Changes one file; a change that changes nothing is a mistake of the test. */
export function edit(folder: string, path: string, change: (text: string) => string): void {
  const file = join(folder, path);
  const before = readFileSync(file, 'utf8');
  const after = change(before);
  if (after === before) throw new Error(`${path} was not changed`);
  writeFileSync(file, after);
}
