import { z } from 'zod';
import type { ManagedNode } from '../../topology/types.js';
import { DidNotBite, defineFault, type FaultContext } from '../types.js';
import { chainsOf } from './barrier.js';

/** Where a container asks for names: the engine's own name server, inside its namespace. */
const RESOLVER = '127.0.0.11';
const PATIENCE = 1;

/** Arguments: the name server, an address whose name is asked for, seconds to wait. Prints who the answer was from, or why there was none. */
const LOOKUP = `
exec python3 -c '
import socket, struct, sys
server, address, patience = sys.argv[1:]
labels = address.split(".")[::-1] + ["in-addr", "arpa"]
question = b"".join(bytes([len(l)]) + l.encode() for l in labels) + b"\\0" + struct.pack("!HH", 12, 1)
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(float(patience))
try:
    s.connect((server, 53))
    s.send(struct.pack("!6H", 4711, 0x0100, 1, 0, 0, 0) + question)
    s.recv(512)
    print("answered")
except OSError as error:
    print(error)
' "$@"
`;

export const failDns = defineFault({
  summary:
    'names no longer resolve for each target: what it reaches by name it can no longer reach anew, what is connected stays',
  handbook: ['2.1.2'],
  params: z.strictObject({
    how: z
      .enum(['drop', 'reject'])
      .default('drop')
      .describe(
        'drop: questions are never answered, and a resolver waits for its time-outs; reject: it is told at once',
      ),
  }),
  impact: 'none',
  needs: ['names'],
  inject: async (targets, { how }, ctx) => {
    for (const node of targets) {
      const before = await lookUp(node, ctx);
      if (before !== ANSWERED) throw new DidNotBite(`${node.name} could not look up names before: ${before}`);
    }
    // Where a question arrives, not where it is asked: there its sender would be told.
    const rule = `-d ${RESOLVER} -j ${how === 'drop' ? 'DROP' : 'REJECT'}`;
    const names = targets.map((node) => node.name).join(', ');
    return chainsOf(targets, () => [rule], `fail lookups of ${names}`, ctx);
  },
  effect: async (targets, _params, ctx, { moment }) => {
    const seen = await Promise.all(
      targets.map(async (node) => {
        const now = await lookUp(node, ctx);
        if (now === ANSWERED) throw new DidNotBite(`${node.name} still looks up names`);
        return `${node.name}: a lookup ended with "${now}"`;
      }),
    );
    return { ...moment, text: seen.join('; ') };
  },
});

const ANSWERED = 'answered';

/** The name of its own address, asked for where it would ask. */
const lookUp = async ({ container }: ManagedNode, { fleet }: FaultContext): Promise<string> =>
  (await fleet.inside(container, LOOKUP, [RESOLVER, container.ip, String(PATIENCE)])).trim();
