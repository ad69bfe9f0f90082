/**
 * npm run bench [-- PART …] [--rounds N]: every figure beside what it is compared with, in one run on one machine.
 * Parts: ready, sixty, sentinel, drill, throughput, judging, catalogue (`--drill NAME`: only these). Medians of at least five rounds, with the spread. Only where
 * they are named: many60, many120, a drill for each share of primaries and round (`--share 33`: only this one, in percent).
 */
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { benchCatalogue } from './catalogue.js';
import { benchDrill } from './drill.js';
import { benchJudging } from './judging.js';
import { benchMany } from './many.js';
import { benchReady, benchSentinel, benchSixty } from './ready.js';
import { benchThroughput } from './throughput.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    drill: { type: 'string', multiple: true, default: [] },
    share: { type: 'string', multiple: true, default: [] },
  },
});
const rounds = Number(values.rounds);
const shares = values.share.map(Number);

const parts: Record<string, { title: string; run: () => Promise<string> }> = {
  ready: { title: '(a) A 6-node cluster, ready to use', run: () => benchReady(rounds) },
  sixty: { title: '(a) A 60-node cluster, ready to use', run: () => benchSixty(rounds) },
  sentinel: { title: '(a) A sentinel topology, ready to use', run: () => benchSentinel(rounds) },
  drill: { title: '(b), (d) The primary-segfault drill', run: () => benchDrill(rounds) },
  throughput: { title: '(c) Load with recording', run: () => benchThroughput(rounds) },
  catalogue: { title: '(h) The catalogue, against an independent witness', run: () => benchCatalogue(values.drill) },
  many60: { title: '(g) 60 nodes, primaries lost at once', run: () => benchMany(rounds, 60, shares) },
  many120: { title: '(g) 120 nodes, primaries lost at once', run: () => benchMany(rounds, 120, shares) },
  judging: { title: '(e) Judging and rendering', run: () => benchJudging(rounds) },
};

const wanted = positionals.length > 0 ? positionals : Object.keys(parts).filter((name) => !name.startsWith('many'));
const unknown = wanted.find((name) => !parts[name]);
if (unknown !== undefined || !Number.isInteger(rounds) || rounds < 1) {
  process.stderr.write(
    `${unknown === undefined ? '--rounds takes a whole number from 1' : `no part is called "${unknown}"; parts are ${Object.keys(parts).join(', ')}`}\n`,
  );
  process.exit(64);
}
console.log(
  `${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, ${rounds} rounds\n`,
);
for (const name of wanted) {
  const { title, run } = parts[name]!;
  process.stderr.write(`${title} …\n`);
  console.log(`### ${title}\n\n${await run()}\n`);
}
process.exit(0);
