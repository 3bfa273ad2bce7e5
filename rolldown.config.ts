import { bundleOptions } from './scripts/bundle.ts';

export default bundleOptions({
  cli: 'src/cli/main.ts',
  action: 'src/action/verify.ts',
  plan: 'src/action/plan.ts',
  publish: 'src/action/publish.ts',
  report: 'src/action/report.ts',
  solver: 'src/connect/z3.ts',
});
