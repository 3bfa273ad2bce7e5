import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import manifest from '../../package.json' with { type: 'json' };
import { setFlagsFromString } from 'node:v8';
import { ConnectError } from '../connect/error.ts';
import { diskSentence } from '../connect/surroundings.ts';
import { DiskError } from '../kernel/disk.ts';
import { encodeLine } from '../kernel/encode.ts';
import { suggest } from '../kernel/suggest.ts';
import { COMMANDS, usage } from './commands.ts';
import { explainConnection } from './connection.ts';
import { type ExitCode, type Io, UsageError } from './io.ts';

const io: Io = {
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  isTTY: process.stdout.isTTY,
  // A terminal that does not know its width says 0.
  columns: process.stdout.columns || 100,
  env: process.env,
  cwd: process.cwd(),
  now: () => new Date(),
  // The bundle stands in dist/, beside the folders that ship with it.
  home: dirname(dirname(fileURLToPath(import.meta.url))),
};

// V8 of Node 20 aborts in hot loops that call WebAssembly, as deciding policies by the real engine is (docs/architecture.md).
if (process.versions.node.startsWith('20.')) setFlagsFromString('--no-turbo-inline-js-wasm-calls');

let isWritable = true;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader of a pipe has gone: what it wanted to see it has seen.
  if (error.code === 'EPIPE') return;
  if (isWritable)
    process.stderr.write(`proofmark: standard output cannot be written: ${encodeLine(error.message, 200)}\n`);
  isWritable = false;
  process.exitCode = 2;
});
// Where nothing can be said, the exit code still says how it went.
process.stderr.on('error', () => {});

const code = await main(process.argv.slice(2));
process.exitCode = isWritable ? code : 2;

async function main([name, ...args]: readonly string[]): Promise<ExitCode> {
  if (name === '--version' || name === '-V') {
    io.stdout(`${manifest.version}\n`);
    return 0;
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    io.stdout(usage(manifest.version));
    return 0;
  }
  if (name === undefined) {
    io.stderr(usage(manifest.version));
    return 2;
  }
  const command = COMMANDS.find((one) => one.name === name);
  if (command === undefined) {
    const meant = suggest(
      name,
      COMMANDS.map((one) => one.name),
    );
    const hint = meant === null ? '' : ` (did you mean ${meant}?)`;
    io.stderr(`proofmark: there is no command ${encodeLine(name, 60)}${hint}; see proofmark --help\n`);
    return 2;
  }
  if (args.includes('--help') || args.includes('-h')) {
    io.stdout(`${command.usage}\n`);
    return 0;
  }
  try {
    const run = await command.load();
    return await run(args, io);
  } catch (error) {
    if (error instanceof ConnectError) {
      io.stderr(explainConnection(`proofmark ${name}`, error));
      return 2;
    }
    if (error instanceof UsageError || error instanceof DiskError || isParseArgsError(error)) {
      io.stderr(`proofmark ${name}: ${encodeLine(error.message, 400)}\nSee proofmark ${name} --help\n`);
      return 2;
    }
    const disk = diskSentence(error);
    if (disk !== undefined) {
      io.stderr(`proofmark ${name}: ${disk}: ${encodeLine(error instanceof Error ? error.message : '', 400)}\n`);
      return 2;
    }
    const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    io.stderr(`proofmark ${name}: this is a fault of Proofmark, not of the store: ${encodeLine(what, 400)}\n`);
    if (io.env['PROOFMARK_DEBUG'] !== undefined && error instanceof Error) io.stderr(`${error.stack ?? ''}\n`);
    return 3;
  }
}

function isParseArgsError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
