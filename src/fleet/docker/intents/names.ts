/** The lookup of names within containers: broken, and tried. */
import type { Changed, Manner, Place } from '../../network.js';
import type { Namespaces } from '../netns.js';
import { raiseChains } from './cut.js';

/** Where a container asks for names: the engine's own name server, inside its namespace. */
const RESOLVER = '127.0.0.11';
/** s. */
const PATIENCE = '1';

/** Arguments: the name server, an address whose name is asked for, seconds to wait. Prints who the answer was from, or why there was none. */
const LOOK_UP = `
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

/** Where a question arrives, not where it is asked: there its sender would be told. */
export const breakNames = (places: readonly Place[], how: Manner, inside: Namespaces): Promise<Changed> => {
  const rules = [`-d ${RESOLVER} -j ${how === 'drop' ? 'DROP' : 'REJECT'}`];
  return raiseChains(new Map(places.map((place) => [place, rules])), 'fail lookups of names', inside);
};

/** Asks for the name of its own address, where it would ask. @returns why there was no answer. */
export async function lookUp(container: Place, { inside }: Namespaces): Promise<string | undefined> {
  const told = (await inside(LOOK_UP, [{ container, args: [RESOLVER, container.ip, PATIENCE] }])).trim();
  return told === 'answered' ? undefined : told;
}
