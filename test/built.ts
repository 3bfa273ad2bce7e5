import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import config from '../rolldown.config.ts';

/** Builds what users run into `<home>/dist`, with what ships beside it; nothing of it is found in this project's folders. */
export async function buildInto(home: string): Promise<void> {
  const build = await rolldown(config);
  await build.write({ ...config.output, dir: join(home, 'dist'), cleanDir: false });
  await build.close();
  for (const folder of ['policies', 'catalog', 'fixtures/adversarial']) {
    cpSync(folder, join(home, folder), { recursive: true });
  }
}
