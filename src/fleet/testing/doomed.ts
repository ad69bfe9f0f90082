/** A process that uses a fleet in every way until it is killed. Arguments: run id, image, and perhaps "keep". */
import { setTimeout as sleep } from 'node:timers/promises';
import { openTestFleet, server } from './fleet.js';

const [runId, image, keep] = process.argv.slice(2) as [string, string, string?];
const say = (line: string): void => void process.stdout.write(`${line}\n`);

say('begin');
const fleet = await openTestFleet({
  runId,
  keep: keep !== undefined,
  needs: ['split', 'watch-detached'],
  containers: 40,
});
say('open');
if (keep) {
  await fleet.keep();
  say('kept');
  await sleep(60_000);
}
const containers = await Promise.all(
  [0, 1, 2, 3].map((n) => fleet.create(server(`n${n}`, { image }), fleet.address(n))),
);
say('created');
await Promise.all(containers.map((c) => c.start()));
say('started');
await containers[0]!.pause();
await containers[1]!.detach();
await fleet.split([containers.slice(0, 1), containers.slice(2)]);
say('broken');
await sleep(500);
say('teardown');
await fleet.teardown();
say('over');
