import{t as e}from"./package.js";import{t}from"./error.js";import{t as n}from"./surroundings.js";import{g as r,t as i}from"./encode.js";import{n as a}from"./suggest.js";import{n as o}from"./connection.js";import{t as s}from"./io.js";import{dirname as c}from"node:path";import{fileURLToPath as l}from"node:url";import{setFlagsFromString as u}from"node:v8";const d=[{name:`verify`,summary:`check a whole store, or the named workflows`,usage:`Usage: proofmark verify [STORE] [WORKFLOW ...]

Checks every workflow of the store in six stages and says which level each reaches. STORE is a folder that holds a
store.yaml (default: the current folder); a WORKFLOW is <namespace>/<name>, or the path of its folder.

  --base REF        judge only what changed since REF, under the law that REF has, and under the new law where that changed
  --head REF        with --base: judge this commit (default: the files of the folder)
  --stage NAME      run only this stage (may be repeated); no level is given then
  --seed N          seed of the generated worlds (default 1)
  --runs N          generated worlds per workflow (default: limits.worlds of store.yaml)
  --releases DIR    released versions as <namespace>/<name>/<version>/ (default: the store's git tags)
  --as-of DATE      the day against which waivers expire, YYYY-MM-DD; the evidence records it
  --format FORMAT   pretty or json (default pretty)
  --output DIR      write evidence and witnesses into this folder
  --second-solver NAME  z3 or cvc5, as installed: put every question of the prover to it too; it must agree
  --self-test       run the unsafe variants that ship with Proofmark: each must be caught

Exit codes: 0 passed, 1 findings, 2 wrong use or configuration, 3 a fault of Proofmark.`,load:async()=>(await import(`./verify3.js`)).run},{name:`replay`,summary:`re-run a counterexample as a readable transcript`,usage:`Usage: proofmark replay WITNESS [--store DIR] [--format pretty|json]

Re-runs a witness file in the same machine, every effect decided by the real Cedar engine too, and prints what happens.
Exit codes: 0 it shows the breach again, 2 it is for another version of the workflow or law, 3 it does not replay.`,load:async()=>(await import(`./replay2.js`)).run},{name:`explain`,summary:`what a rule means, why, and how to fix a breach`,usage:`Usage: proofmark explain [RULE]

Prints the page of a rule, for example structure/duplicate-key; without a rule, the list of them.`,load:async()=>(await import(`./explain.js`)).run},{name:`init`,summary:`start a store, with its GitHub workflows`,usage:`Usage: proofmark init [DIR]

Writes store.yaml, policies, an example of a tool contract, one workflow, the GitHub workflows that verify and publish, and
CODEOWNERS. It verifies as it is. Nothing that exists is overwritten.

  --action OWNER/REPOSITORY@COMMIT   the Action, pinned (default: a commit that is none, to be filled in)
  --owner @ORGANISATION/TEAM         who owns the store and its first namespace (default: to be filled in)
  --name NAME                        the store's name (default: the folder's)
  --namespace NAME                   the first namespace (default examples)
  --branch NAME                      the protected branch (default main)`,load:async()=>(await import(`./init.js`)).run},{name:`new`,summary:`start a workflow, with its contract and a test`,usage:`Usage: proofmark new NAMESPACE/NAME [--store DIR]

Writes workflow.yaml, contract.yaml, one case and a README that verify as they are. Nothing that exists is overwritten.`,load:async()=>(await import(`./new.js`)).run},{name:`schema`,summary:`JSON Schemas of what people write, for editors`,usage:`Usage: proofmark schema workflow|contract|tool|store|case
       proofmark schema --write [--store DIR]

Prints the JSON Schema (draft 2020-12) of one kind of file: completion, help and checks while you write. With --write, writes
all five into .proofmark/schemas/ of the store (default: the current folder), where the first lines of files that init and new
write look for them; do so again after an update of Proofmark.`,load:async()=>(await import(`./schema.js`)).run},{name:`tools`,summary:`capture a real MCP server's tools as a contract`,usage:`Usage: proofmark tools capture SERVER [--store DIR] [--check]

Starts the server without install scripts, reads its tools and writes tools/SERVER.yaml; decisions that maintainers wrote
there are kept. With --check nothing is written, and a server that has changed under its pin exits 1.

  --package NAME@VERSION   the npm package that is the server (for a first capture, or --url)
  --url ADDRESS            the https address of the server; nothing pins the program behind it, only its list of tools
  --arg VALUE              an argument of the server (may be repeated)
  --env NAME=VALUE         a variable of its environment; a secret as '\${ $secrets.NAME }' (may be repeated)
  --bind NAME=VALUE        the value of a binding (may be repeated)`,load:async()=>(await import(`./tools.js`)).run},{name:`run`,summary:`execute a workflow with its policies enforced`,usage:`Usage: proofmark run WORKFLOW --input FILE [--store DIR]

Runs the workflow against real MCP servers and a real model; every call is put to contract and policies first.

  --input FILE|JSON   the workflow's input
  --bind NAME=VALUE   the value of a binding (may be repeated)
  --as NAME           who approves; without it each approval asks for a name
  --yes-to-none       decline every approval without asking
  --trace FILE        record what happened; proofmark replay runs the recording again
  --call-timeout N    seconds that one call of a tool may take (default 60)
  --model-url URL, --model NAME   in place of the environment's

The model is any OpenAI-compatible address: PROOFMARK_MODEL_URL, PROOFMARK_MODEL, PROOFMARK_MODEL_KEY.
Exit codes: 0 output, 1 an error or a refusal, 2 wrong use or configuration, 3 a fault of Proofmark.`,load:async()=>(await import(`./run.js`)).run},{name:`key`,summary:`make a key to sign seals with`,usage:`Usage: proofmark key FILE [--operator NAME]

Writes a new P-256 key to FILE, readable by its owner alone, and FILE.trust.json, the trust that others need to verify what it
signs. Nothing is written over.

  --operator NAME   who signs with it, as the trust file names them (default local)`,load:async()=>(await import(`./key2.js`)).run},{name:`seal`,summary:`pack, attest and sign a workflow that passes`,usage:`Usage: proofmark seal NAMESPACE/NAME --key FILE | --keyless  --output DIR [--store DIR]

Verifies the workflow from scratch; where it passes, packs it with its evidence, states the verdict and signs it. DIR then holds
NAME-VERSION.tar and its bundles, NAME-VERSION.*.sigstore.json. Nothing is written over.

  --key FILE       the signing key; proofmark key FILE makes one
  --keyless        sign as the GitHub job that this runs in, by Sigstore's public instance
  --fulcio URL, --rekor URL, --timestamp URL   other authorities in its place
  --trust FILE     write nothing that this trust would refuse
  --output DIR     where package and bundles go
  --store DIR      the store (default: the current folder)
  --releases DIR   released versions as <namespace>/<name>/<version>/ (default: the store's git tags)
  --time INSTANT   when it was verified, as 2026-11-23T10:00:00Z; left out of the summary where not given

Exit codes: 0 sealed, 1 findings, 2 wrong use or configuration, 3 a fault of Proofmark.`,load:async()=>(await import(`./seal2.js`)).run},{name:`publish`,summary:`add sealed workflows to an index`,usage:`Usage: proofmark publish PACKAGE ... --index DIR --keys DIR --trust FILE [--store DIR]

Verifies the seal of each package and its workflow from scratch, then adds all of them to the index in one step: killed at any
moment the index is the old or the new one. The bundles are those that stand beside each package.

  --index DIR      the folder of the index
  --keys DIR       its keys: bins.pem, snapshot.pem, timestamp.pem (and targets.pem where it must be renewed)
  --trust FILE     whose seals count, and where the index begins
  --store DIR      the store (default: the current folder)
  --releases DIR   released versions as <namespace>/<name>/<version>/ (default: the store's git tags)
  --channel NAME   one of the store's channels (default stable)
  --create         make the index first, and its keys where DIR has none; DIR/trust.json is then what consumers need.
                   Without a PACKAGE the index is empty
  --renew          publish nothing; sign again so that the index does not expire
  --state DIR      where the newest state of the index is remembered: nothing is published into an older one

Exit codes: 0 published, 1 findings or a refusal, 2 wrong use or configuration, 3 a fault of Proofmark.`,load:async()=>(await import(`./publish3.js`)).run},{name:`revoke`,summary:`take a published version back, with a reason`,usage:`Usage: proofmark revoke NAMESPACE/NAME@VERSION --reason TEXT --index DIR --keys DIR --trust FILE

Nothing offers the version any more, and proofmark check tells everybody who has it, with the reason.`,load:async()=>(await import(`./revoke.js`)).run},{name:`search`,summary:`find workflows by what they are asked for`,usage:`Usage: proofmark search [WORD ...] --index ADDRESS --trust FILE

Finds workflows whose name, sample requests, domain or tools hold the words, best first, and says why each matched and what it
may do.

  --index ADDRESS   a folder, or a file: or https: address (default: that of proofmark.lock.json, or PROOFMARK_INDEX)
  --trust FILE      whose seals count, and where the index begins
  --state DIR       where the newest state seen is remembered
  --domain NAME     only of this domain
  --tool NAME       only those that may call this tool, or a tool of this server (may be repeated)
  --level NAME      at least structured, tested, hardened or proved
  --risk NAME       at most low, moderate or high
  --limit N         results to show (default 10)
  --format FORMAT   pretty or json (default pretty)

Exit codes: 0 found, 1 nothing found or a refusal, 2 wrong use or configuration, 3 a fault of Proofmark.`,load:async()=>(await import(`./search.js`)).run},{name:`show`,summary:`what the index guarantees of a workflow; --graph draws one of a store`,usage:`Usage: proofmark show NAMESPACE/NAME[@VERSION] --index ADDRESS --trust FILE
       proofmark show NAMESPACE/NAME --graph [--store DIR]

Prints everything that the index says of one version. Without VERSION, the newest of the channel.

  --channel NAME    default stable
  --format FORMAT   pretty or json (default pretty)
  --index, --trust, --state   as for proofmark search

With --graph, prints a workflow of a store as a Mermaid flowchart: tasks, arms, handlers, calls, approvals, and on what leaves
towards tools, models, people and the caller, who could have chosen it and which secrets it reveals, in any simulated run.

  --store DIR      the store (default: the current folder)
  --releases DIR   released versions as <namespace>/<name>/<version>/ (default: the store's git tags)`,load:async()=>(await import(`./show.js`)).run},{name:`install`,summary:`fetch, verify, unpack and lock workflows`,usage:`Usage: proofmark install [NAMESPACE/NAME[@VERSION] ...] --index ADDRESS --trust FILE

Fetches each workflow, verifies index, digests and seals, unpacks it into workflows/NAMESPACE/NAME and notes it in
proofmark.lock.json. Without names, installs exactly what that file lists. All are verified before any is written.

  --into DIR        in place of workflows, below the current folder
  --channel NAME    where no version is named (default stable)
  --level NAME      the lowest level to accept (default structured: what the store asked for)
  --oldest VERSION  the oldest Proofmark whose verdicts to accept
  --index, --trust, --state   as for proofmark search

Exit codes: 0 installed, 1 a refusal, 2 wrong use or configuration, 3 a fault of Proofmark.`,load:async()=>(await import(`./install2.js`)).run},{name:`check`,summary:`whether what is installed still holds`,usage:`Usage: proofmark check [--index ADDRESS] --trust FILE

Compares what proofmark.lock.json lists with the files on disk and with the index: altered, revoked, unknown, no longer
trusted, superseded.

  --level, --oldest           as for proofmark install
  --index, --trust, --state   as for proofmark search

Exit codes: 0 all hold (superseded ones too), 1 something does not, 2 wrong use or the index cannot be asked, 3 a fault of Proofmark.`,load:async()=>(await import(`./check3.js`)).run}];function f(e){let t=Math.max(...d.map(({name:e})=>e.length));return`proofmark ${e}: the gate of a store of agent workflows

Usage: proofmark COMMAND

${d.map(({name:e,summary:n})=>`  ${e.padEnd(t)}   ${n}`).join(`
`)}

  --help, COMMAND --help   this text, or that of a command
  --version                the version
`}const p={stdout:e=>process.stdout.write(e),stderr:e=>process.stderr.write(e),isTTY:process.stdout.isTTY,columns:process.stdout.columns||100,env:process.env,cwd:process.cwd(),now:()=>new Date,home:c(c(l(import.meta.url)))};process.versions.node.startsWith(`20.`)&&u(`--no-turbo-inline-js-wasm-calls`);let m=!0;process.stdout.on(`error`,e=>{e.code!==`EPIPE`&&(m&&process.stderr.write(`proofmark: standard output cannot be written: ${i(e.message,200)}\n`),m=!1,process.exitCode=2)}),process.stderr.on(`error`,()=>{});const h=await g(process.argv.slice(2));process.exitCode=m?h:2;async function g([c,...l]){if(c===`--version`||c===`-V`)return p.stdout(`${e}\n`),0;if(c===`--help`||c===`-h`||c===`help`)return p.stdout(f(e)),0;if(c===void 0)return p.stderr(f(e)),2;let u=d.find(e=>e.name===c);if(u===void 0){let e=a(c,d.map(e=>e.name)),t=e===null?``:` (did you mean ${e}?)`;return p.stderr(`proofmark: there is no command ${i(c,60)}${t}; see proofmark --help\n`),2}if(l.includes(`--help`)||l.includes(`-h`))return p.stdout(`${u.usage}\n`),0;try{return await(await u.load())(l,p)}catch(e){if(e instanceof t)return p.stderr(o(`proofmark ${c}`,e)),2;if(e instanceof s||e instanceof r||_(e))return p.stderr(`proofmark ${c}: ${i(e.message,400)}\nSee proofmark ${c} --help\n`),2;let a=n(e);if(a!==void 0)return p.stderr(`proofmark ${c}: ${a}: ${i(e instanceof Error?e.message:``,400)}\n`),2;let l=e instanceof Error?`${e.name}: ${e.message}`:String(e);return p.stderr(`proofmark ${c}: this is a fault of Proofmark, not of the store: ${i(l,400)}\n`),p.env.PROOFMARK_DEBUG!==void 0&&e instanceof Error&&p.stderr(`${e.stack??``}\n`),3}}function _(e){return e instanceof Error&&`code`in e&&String(e.code).startsWith(`ERR_PARSE_ARGS`)}export{};