/** Datagrams from container to container, or to the engine's machine where clients come from: the witness of what shaping does. */
import { readFileSync } from 'node:fs';
import type { Datagrams, Travelled } from '../../types.js';
import type { Tools } from '../tools.js';

/** Only looked at by these programs; on the port that clients use packets count as theirs. */
const PORT = 36_378;

const program = readFileSync(new URL('../../../../docker/travel.py', import.meta.url), 'utf8');

/**
 * Arguments: the program, how many datagrams, ms between them, their size, ms of patience; then for each journey the
 * process that sends, the port, the address to ask for them, and the process that receives ("-" for the machine itself).
 */
const TRAVEL = `
program=$1 count=$2 gap=$3 size=$4 patience=$5
shift 5
folder=/run/travel.$$
mkdir "$folder"
jobs= n=0
while [ $# -gt 0 ]; do
  n=$((n + 1))
  nsenter -t "$1" -n python3 -c "$program" send "$2" "$count" "$gap" "$size" &
  there=
  [ "$4" = - ] || there="nsenter -t $4 -n"
  $there python3 -c "$program" take "$3" "$2" "$count" "$patience" > "$folder/$n" &
  jobs="$jobs $!"
  shift 4
done
for job in $jobs; do wait "$job"; done
i=0
while [ $i -lt $n ]; do i=$((i + 1)); cat "$folder/$i"; done
rm -r "$folder"
`;

export interface Stop {
  pid: number;
  address: string;
}

/** `to` without a process is the machine of the engine; `port` is the one that clients use. */
export async function travel(
  tools: Tools,
  journeys: readonly { from: Stop; to: Stop | undefined; port: number | undefined }[],
  { count, gap, size, patience }: Datagrams,
): Promise<Travelled[]> {
  if (journeys.length === 0) return [];
  const args = journeys.flatMap(({ from, to, port = PORT }) =>
    [from.pid, port, from.address, to?.pid ?? '-'].map(String),
  );
  // A word that nobody answers, the datagrams themselves, and programs that start slowly on a busy machine.
  const budget = 60_000 + count * (gap + 1) + patience;
  const said = await tools.script(TRAVEL, [program, ...[count, gap, size, patience].map(String), ...args], budget);
  return said
    .trim()
    .split('\n')
    .map((line) => {
      const [received, doubled, overtaken, p10, p50, p90, rate] = line.split(' ').map(Number) as [
        number,
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      return { sent: count, received, doubled, overtaken, delay: { p10, p50, p90 }, rate };
    });
}
