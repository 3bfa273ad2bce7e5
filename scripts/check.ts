import { MADE_CHECKS, runChecks, SOURCE_CHECKS } from './checks.ts';

/** `npm run check`: the source checks; `npm run check -- NAME…`: the named ones. */
const names = process.argv.slice(2);
const all = [...SOURCE_CHECKS, ...MADE_CHECKS];
const unknown = names.filter((name) => !all.some((check) => check.name === name));
if (unknown.length > 0) {
  console.error(`no check ${unknown.join(', ')}; there are: ${all.map(({ name }) => name).join(', ')}`);
  process.exitCode = 2;
} else {
  const chosen = names.length === 0 ? SOURCE_CHECKS : all.filter(({ name }) => names.includes(name));
  const failed = await runChecks(chosen);
  process.exitCode = failed.length === 0 ? 0 : 1;
}
