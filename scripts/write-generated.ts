import { writeGenerated } from './generate.ts';

for (const path of await writeGenerated()) console.log(path);
