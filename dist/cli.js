#!/usr/bin/env node
var e=`0.1.0`;const t=`proofmark ${e}

Usage: proofmark <command>

  --help      show this text
  --version   print the version
`;process.exitCode=n(process.argv.slice(2));function n([n,...r]){if(r.length===0)switch(n){case`--version`:return process.stdout.write(`${e}\n`),0;case`--help`:return process.stdout.write(t),0}let i=n===void 0?`no command given`:`unknown command ${JSON.stringify([n,...r].join(` `))}`;return process.stderr.write(`proofmark: ${i}\n\n${t}`),2}export{};