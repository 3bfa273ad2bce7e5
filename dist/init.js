import{t as e}from"./encode.js";import{m as t}from"./version.js";import{r as n}from"./folder.js";import{t as r}from"./io.js";import{i,n as a,r as o,t as s}from"./formats.js";import{t as c}from"./starter.js";import{basename as l,join as u,resolve as d}from"node:path";import{existsSync as f}from"node:fs";import{parseArgs as p}from"node:util";const m=`actions/checkout@8e8c483db84b4bee98b60c0593521ed34d9990e8 # v6.0.1`;function h(e){let{namespace:t}=e;return new Map([[`store.yaml`,g(e)],[`policies/nothing-irreversible.cedar`,_],[`tools/example.yaml`,v],...Object.entries(c(t,`starter`)).map(([e,n])=>[`workflows/${t}/starter/${e}`,n]),...s.map(e=>[i(e),a(e)]),[`.github/workflows/verify.yml`,y(e)],[`.github/workflows/publish.yml`,b(e)],[`.github/CODEOWNERS`,x(e)],[`.gitattributes`,S],[`.gitignore`,C],[`README.md`,w(e)]])}function g({store:e,namespace:t,owner:n}){return`${o(`store`)}
# The law of this store. A pull request is judged by it as it stands on the base branch; a change of it is judged by both.
store: ${e}

# Who may publish under which name. A namespace is never given to somebody else.
namespaces:
  ${t}: { owners: ['${n}'] }

# The secrecy tags that exist, and what model, approver and caller may see. Without a clearance nothing with a tag gets there.
secrecy: [internal]
clearance: { model: [], approver: [internal], caller: [internal] }

# What each risk must reach: structured, tested, hardened or proved.
levels: { low: tested, moderate: hardened, high: proved }
`}const _=`// A new store starts narrow. Delete this policy, in a pull request of its own, once workflows may do what cannot be undone;
// the policies that ship with Proofmark then still ask for an approval.
@id("nothing-irreversible")
@title("No workflow does what cannot be undone")
@rationale("Nobody has decided yet which irreversible tools this store trusts its workflows with.")
@reference("OWASP ASI02")
forbid (principal, action in Action::"irreversible", resource);
`,v=`${o(`tool`)}
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
`;function y({action:e,branch:t}){return`# Judges every change. Make \`proofmark-ok\` the one required check of ${t}.
name: verify
on:
  pull_request:
    branches: [${t}]
  merge_group:
  push:
    branches: [${t}]

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
      - uses: ${m}
        with:
          fetch-depth: 0 # the law is read from the base, and released versions from tags
          persist-credentials: false
      - uses: ${e}

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
`}function b({action:e,branch:t}){let[n=``,r=``]=e.split(`@`);return`# Verifies again what has been merged; what passes is sealed, tagged, released, and added to the index on the branch index.
# Set it up once as docs/github.md of Proofmark says ("Publishing").
name: publish
on:
  push:
    branches: [${t}]
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
    # Give this environment the branch ${t} as its only branch, and the secret below.
    environment: publish
    permissions:
      contents: write # tags, releases, and the branch of the index
      id-token: write # to sign as this workflow, with no key to keep
    steps:
      - uses: ${m}
        with:
          fetch-depth: 0 # released versions are tags
          persist-credentials: false
      - uses: ${m}
        with:
          ref: index
          path: index
          persist-credentials: false
      - uses: ${n}/actions/publish@${r}
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
`}function x({owner:e,namespace:t}){return`# Whatever stands outside one workflow's folder is law, and needs its owner.
* ${e}
/workflows/${t}/ ${e}
`}const S=`* text=auto eol=lf
*.tar -text
`,C=`# Private keys belong nowhere near a repository.
*.pem
/keys/
# What proofmark writes: seals, an index, evidence and witnesses.
/sealed/
/index/
/results/
`;function w({store:e,namespace:t,branch:n}){return`# ${e}

A store of agent workflows. Every change is verified by Proofmark before it is merged.

    proofmark verify                     # the whole store
    proofmark verify --base ${n}         # what your branch changes, under the law of ${n}
    proofmark new ${t}/NAME      # a new workflow that passes, to start from

\`store.yaml\`, \`tools/\` and \`policies/\` are the law. A workflow is a folder below \`workflows/\`.

What is merged is verified again, sealed, released, and added to the index on the branch \`index\`. To use a workflow you need the
address of the index and \`trust.json\`, which is in this repository:

    proofmark search WORD ... --index ADDRESS --trust trust.json
    proofmark install ${t}/NAME --index ADDRESS --trust trust.json
`}const T=`OWNER/proofmark@${`0`.repeat(40)}`,E=`@OWNER/maintainers`;async function D(i,a){let{values:o,positionals:s}=p({args:[...i],allowPositionals:!0,options:{name:{type:`string`},namespace:{type:`string`,default:`examples`},owner:{type:`string`,default:E},branch:{type:`string`,default:`main`},action:{type:`string`,default:T}}}),[c=`.`,...m]=s;if(m.length>0)throw new r(`one folder at a time`);let g=d(a.cwd,c),_=o.name??O(l(g));for(let[e,n]of[[`--name`,_],[`--namespace`,o.namespace]])if(!t(n))throw new r(`${e} takes lowercase letters, digits and hyphens, a letter first`);if(!/^@[A-Za-z0-9-]{1,39}(?:\/[A-Za-z0-9_.-]{1,100})?$/u.test(o.owner))throw new r(`--owner takes @user or @organisation/team`);if(!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}(?:\/[A-Za-z0-9_.-]{1,100}){0,4}$/u.test(o.branch))throw new r(`--branch takes the name of a branch`);if(!/^[A-Za-z0-9-]{1,39}\/[A-Za-z0-9_.-]{1,100}@[0-9a-f]{40}$/u.test(o.action))throw new r(`--action takes OWNER/REPOSITORY@COMMIT with all 40 digits of the commit: a tag or branch can be moved`);let{namespace:v,owner:y,branch:b,action:x}=o,S=h({store:_,namespace:v,owner:y,branch:b,action:x}),C=[...S.keys()].find(e=>f(u(g,e)));if(C!==void 0)throw new r(`${e(C,200)} exists already; nothing was written`);n(g,S);for(let e of S.keys())a.stdout(`wrote ${e}\n`);return a.stdout(`\nNext:\n  proofmark verify${c===`.`?``:` ${e(c,200)}`}\n`),x===T&&a.stdout(`  put the commit of the Action that you trust into .github/workflows/, or repeat with --action
`),y===E&&a.stdout(`  put the owners' name in place of ${E} in store.yaml and .github/CODEOWNERS, or repeat with --owner\n`),a.stdout(`  make proofmark-ok a required check of ${b}
  set up publishing before the first merge (docs/github.md of Proofmark, "Once"), or remove .github/workflows/publish.yml
`),0}function O(e){let n=e.toLowerCase().replaceAll(/[^a-z0-9]+/gu,`-`).replaceAll(/^[^a-z]+|-+$/gu,``);return t(n)?n:`store`}export{D as run};