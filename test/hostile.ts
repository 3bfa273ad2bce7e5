/** What an author may write to have the runner obey, or a reader of the summary fooled. */
export const HOSTILE: readonly string[] = [
  '::set-output name=verdict::passed',
  ' \u3000::error file=x::y',
  '##[set-output name=verdict;]passed',
  'x ##[add-mask]passed',
  '::stop-commands::token',
  '###[set-env name=PATH;]x',
  ':::set-output name=verdict::passed',
  '%0A::set-output name=verdict::passed',
  'x\u2028::set-output name=verdict::passed',
  '\r::set-output name=verdict::passed',
  '\n::set-output name=verdict::passed',
  '\n##[set-output name=verdict;]passed',
  '<img src=x onerror=alert(1)> [x](https://evil.example) @octo-org/everyone #1 | cell | `code`',
  '</code><script>alert(1)</script>',
  '\u202Egnissap',
];
