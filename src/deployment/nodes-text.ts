/** Reads CLUSTER NODES and INFO texts. Flags are parsed, never grepped: "nofailover" and "fail?" both contain "fail". */
import type { SlotRange } from './types.js';

export interface NodeLine {
  id: string;
  host: string;
  port: number;
  flags: Set<string>;
  primaryId: string | undefined;
  epoch: number;
  linked: boolean;
  slots: SlotRange[];
  /** Open slots as printed: "[42->-<id>]" migrating, "[42-<-<id>]" importing. */
  open: string[];
}

export function parseNodes(text: string): NodeLine[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [id, address, flags, primary, , , epoch, link, ...slots] = line.trim().split(' ');
      const at = /^(.*):(\d+)(?:@\d+)?/.exec(address ?? '');
      return {
        id: id ?? '',
        host: at?.[1] ?? '',
        port: Number(at?.[2] ?? 0),
        flags: new Set((flags ?? '').split(',')),
        primaryId: primary === '-' ? undefined : primary,
        epoch: Number(epoch),
        linked: link === 'connected',
        slots: slots.filter((s) => !s.startsWith('[')).map(range),
        open: slots.filter((s) => s.startsWith('[')),
      };
    });
}

function range(text: string): SlotRange {
  const [first, last] = text.split('-').map(Number);
  return [first!, last ?? first!];
}

export const isPrimary = (flags: Set<string>): boolean => flags.has('master') || flags.has('primary');

export const healthOf = (flags: Set<string>): 'ok' | 'pfail' | 'fail' =>
  flags.has('fail') ? 'fail' : flags.has('fail?') ? 'pfail' : 'ok';

/** INFO and CLUSTER INFO: "key:value" lines. */
export function parseInfo(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0 && !line.startsWith('#')) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return fields;
}
