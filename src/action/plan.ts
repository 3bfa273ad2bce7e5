import { planEvent } from '../github/plan.ts';
import { runAction } from './entry.ts';

await runAction(planEvent);
