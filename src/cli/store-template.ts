import { editorSchemaText, KINDS, modeline, schemaFile } from '../schema/editor/formats.ts';
import { starter } from './starter.ts';

/** What a new store is made of. All fields have been checked: none of them can be read as YAML, Cedar or Markdown syntax. */
export interface StoreTemplate {
  readonly store: string;
  readonly namespace: string;
  /** `@organisation/team` or `@user`. */
  readonly owner: string;
  /** The branch that is protected. */
  readonly branch: string;
  /** `owner/repository@<commit>` of the Action. */
  readonly action: string;
}

/** actions/checkout v6.0.1. */
const CHECKOUT = 'actions/checkout@8e8c483db84b4bee98b60c0593521ed34d9990e8 # v6.0.1';

/** Every file of a new store, by path. They verify as they are. */
export function storeFiles(template: StoreTemplate): ReadonlyMap<string, string> {
  const { namespace } = template;
  return new Map([
    ['store.yaml', configuration(template)],
    ['policies/nothing-irreversible.cedar', POLICY],
    ['tools/example.yaml', TOOLS],
    ...Object.entries(starter(namespace, 'starter')).map(
      ([path, text]) => [`workflows/${namespace}/starter/${path}`, text] as const,
    ),
    ...KINDS.map((kind) => [schemaFile(kind), editorSchemaText(kind)] as const),
    ['.github/workflows/verify.yml', verifying(template)],
    ['.github/workflows/publish.yml', publishing(template)],
    ['.github/CODEOWNERS', owners(template)],
    ['.gitattributes', ATTRIBUTES],
    ['.gitignore', IGNORED],
    ['README.md', readme(template)],
  ]);
}

function configuration({ store, namespace, owner }: StoreTemplate): string {
  return `${modeline('store')}
# The law of this store. A pull request is judged by it as it stands on the base branch; a change of it is judged by both.
store: ${store}

# Who may publish under which name. A namespace is never given to somebody else.
namespaces:
  ${namespace}: { owners: ['${owner}'] }

# The secrecy tags that exist, and what model, approver and caller may see. Without a clearance nothing with a tag gets there.
secrecy: [internal]
clearance: { model: [], approver: [internal], caller: [internal] }

# What each risk must reach: structured, tested, hardened or proved.
levels: { low: tested, moderate: hardened, high: proved }
`;
}

const POLICY = `// A new store starts narrow. Delete this policy, in a pull request of its own, once workflows may do what cannot be undone;
// the policies that ship with Proofmark then still ask for an approval.
@id("nothing-irreversible")
@title("No workflow does what cannot be undone")
@rationale("Nobody has decided yet which irreversible tools this store trusts its workflows with.")
@reference("OWASP ASI02")
forbid (principal, action in Action::"irreversible", resource);
`;

const TOOLS = `${modeline('tool')}
# An example of a tool contract: replace it by the servers that your workflows may call.
# \`proofmark tools capture SERVER --package NAME@VERSION\` writes one from a real MCP server; the decisions stay yours.
server: example
transport: { http: { endpoint: https://directory.example/mcp } }
origin: { kind: written }
tools:
  find_person:
    input:
      type: object
      additionalProperties: false
      required: [name]
      properties:
        name: { type: string, minLength: 1, maxLength: 100 }
    output:
      type: object
      additionalProperties: false
      required: [office]
      properties:
        office: { type: string, maxLength: 100 }
    effect: read
    class: directory
    returns: { trust: false, secrecy: [] }
`;

function verifying({ action, branch }: StoreTemplate): string {
  return `# Judges every change. Make \`proofmark-ok\` the one required check of ${branch}.
name: verify
on:
  pull_request:
    branches: [${branch}]
  merge_group:
  push:
    branches: [${branch}]

permissions: {}

concurrency:
  group: verify-\${{ github.event.pull_request.number || github.sha }}
  cancel-in-progress: \${{ github.event_name == 'pull_request' }}

jobs:
  verify:
    runs-on: ubuntu-24.04
    timeout-minutes: 30
    permissions:
      contents: read # to check the commits out; nothing else, so that a fork's pull request is judged as any other
    steps:
      - uses: ${CHECKOUT}
        with:
          fetch-depth: 0 # the law is read from the base, and released versions from tags
          persist-credentials: false
      - uses: ${action}

  # A required check must have a constant name and must run: whatever else is added above, list it under \`needs\`.
  proofmark-ok:
    if: always()
    needs: [verify]
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions: {}
    steps:
      - run: test "$VERIFY" = success
        env:
          VERIFY: \${{ needs.verify.result }}
`;
}

function publishing({ action, branch }: StoreTemplate): string {
  const [repository = '', commit = ''] = action.split('@');
  return `# Verifies again what has been merged; what passes is sealed, tagged, released, and added to the index on the branch index.
# Set it up once as docs/github.md of Proofmark says ("Publishing").
name: publish
on:
  push:
    branches: [${branch}]
  schedule:
    - cron: '23 4 * * 1' # signs the index for another while: one that nobody signs for 30 days is refused

permissions: {}

# One after the other: a run that waits is replaced by a later one, which publishes what both bring.
concurrency:
  group: publish
  cancel-in-progress: false

jobs:
  publish:
    runs-on: ubuntu-24.04
    timeout-minutes: 60
    # Give this environment the branch ${branch} as its only branch, and the secret below.
    environment: publish
    permissions:
      contents: write # tags, releases, and the branch of the index
      id-token: write # to sign as this workflow, with no key to keep
    steps:
      - uses: ${CHECKOUT}
        with:
          fetch-depth: 0 # released versions are tags
          persist-credentials: false
      - uses: ${CHECKOUT}
        with:
          ref: index
          path: index
          persist-credentials: false
      - uses: ${repository}/actions/publish@${commit}
        id: publish
        with:
          token: \${{ github.token }}
          trust: trust.json
          index: index
          index-keys: \${{ secrets.PROOFMARK_INDEX_KEYS }} # cat bins.pem snapshot.pem timestamp.pem
      # Also when something did not pass: what passed has been released. The folder is always a whole index.
      - if: \${{ !cancelled() && steps.publish.outcome != 'skipped' }}
        working-directory: index
        env:
          TOKEN: \${{ github.token }}
        run: |
          git add --all
          git diff --cached --quiet && exit 0
          git -c user.name='github-actions[bot]' -c user.email='41898282+github-actions[bot]@users.noreply.github.com' \\
            commit --quiet --message "Publish $GITHUB_SHA"
          git -c credential.helper='!f() { echo username=x-access-token; echo "password=$TOKEN"; }; f' \\
            push --quiet origin HEAD:index
`;
}

function owners({ owner, namespace }: StoreTemplate): string {
  return `# Whatever stands outside one workflow's folder is law, and needs its owner.
* ${owner}
/workflows/${namespace}/ ${owner}
`;
}

/** Digests cover exact bytes: no checkout may change a line's end. */
const ATTRIBUTES = '* text=auto eol=lf\n*.tar -text\n';

/** What must not be committed by mistake. */
const IGNORED = `# Private keys belong nowhere near a repository.
*.pem
/keys/
# What proofmark writes: seals, an index, evidence and witnesses.
/sealed/
/index/
/results/
`;

function readme({ store, namespace, branch }: StoreTemplate): string {
  return `# ${store}

A store of agent workflows. Every change is verified by Proofmark before it is merged.

    proofmark verify                     # the whole store
    proofmark verify --base ${branch}         # what your branch changes, under the law of ${branch}
    proofmark new ${namespace}/NAME      # a new workflow that passes, to start from

\`store.yaml\`, \`tools/\` and \`policies/\` are the law. A workflow is a folder below \`workflows/\`.

What is merged is verified again, sealed, released, and added to the index on the branch \`index\`. To use a workflow you need the
address of the index and \`trust.json\`, which is in this repository:

    proofmark search WORD ... --index ADDRESS --trust trust.json
    proofmark install ${namespace}/NAME --index ADDRESS --trust trust.json
`;
}
