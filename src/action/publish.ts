import { publishEvent } from '../github/publish.ts';
import { runAction } from './entry.ts';

await runAction(publishEvent);
