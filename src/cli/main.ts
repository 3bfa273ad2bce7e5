#!/usr/bin/env node
import manifest from '../../package.json' with { type: 'json' };

/** 0 passed, 1 findings, 2 wrong use or configuration, 3 our own fault. */
type ExitCode = 0 | 1 | 2 | 3;

const USAGE = `proofmark ${manifest.version}

Usage: proofmark <command>

  --help      show this text
  --version   print the version
`;

process.exitCode = main(process.argv.slice(2));

function main([command, ...rest]: readonly string[]): ExitCode {
  if (rest.length === 0) {
    switch (command) {
      case '--version':
        process.stdout.write(`${manifest.version}\n`);
        return 0;
      case '--help':
        process.stdout.write(USAGE);
        return 0;
      default:
    }
  }
  const problem =
    command === undefined ? 'no command given' : `unknown command ${JSON.stringify([command, ...rest].join(' '))}`;
  process.stderr.write(`proofmark: ${problem}\n\n${USAGE}`);
  return 2;
}
