import { reportEvent } from '../github/report.ts';
import { runAction } from './entry.ts';

await runAction(reportEvent);
