/**
 * Ends a campaign of fuzzing by SIGKILL at random moments, and looks whether it ends as one that was left alone:
 *
 *   npm run kill-and-resume -- [kills] [seed]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { killCampaign } from './killed-campaign.ts';

const [kills = '50', seed = '1'] = process.argv.slice(2);
const cwd = mkdtempSync(join(tmpdir(), 'whitewater-kill-'));
const main = fileURLToPath(new URL('../cli/main.js', import.meta.url));
try {
  const { campaigns, found } = await killCampaign({
    main,
    cwd,
    // A bug that only some runs show.
    campaign: ['replication', '--runs', '8000', '--jobs', '2', '--mutant', 'L2'],
    kills: Number(kills),
    seed: Number(seed),
    onKill: (kill, batches) => console.log(`kill ${kill}: ${batches} batches are finished`),
  });
  for (const difference of found) console.log(difference);
  console.log(`${kills} kills in ${campaigns} campaigns: ${found.length === 0 ? 'nothing differs' : 'failed'}`);
  if (found.length > 0) process.exitCode = 1;
} finally {
  rmSync(cwd, { recursive: true });
}
