import type { Line } from '../types.js';
import { frameReader, type Stream } from './frames.js';

/** A line with the engine's own timestamp (RFC 3339 with nanoseconds, sorts as text). */
export interface Stamped extends Line {
  stamp: string;
}

/** Turns the engine's log stream (with timestamps) into lines. A line over 16 kB comes in several frames, each with a stamp. */
export function lineReader(onLine: (line: Stamped) => void): (chunk: Buffer) => void {
  const open: Partial<Record<Stream, { stamp: string; text: string }>> = {};
  return frameReader((stream, payload) => {
    const frame = payload.toString('utf8');
    const space = frame.indexOf(' ');
    const begun = open[stream];
    const stamp = begun?.stamp ?? frame.slice(0, space);
    const text = (begun?.text ?? '') + frame.slice(space + 1);
    if (!text.endsWith('\n')) {
      open[stream] = { stamp, text };
      return;
    }
    delete open[stream];
    onLine({ stamp, wall: epochOf(stamp), text: text.replace(/\r?\n$/, '') });
  });
}

/** Milliseconds with the microseconds that Date.parse would drop. */
export function epochOf(stamp: string): number {
  const match = /^(.*?)(\.\d+)?Z$/.exec(stamp);
  return match ? Date.parse(`${match[1]}Z`) + Number(match[2] ?? 0) * 1000 : Date.parse(stamp);
}

/** The engine wants `since` as seconds.nanoseconds. */
export function sinceOf(stamp: string): string {
  const match = /^(.*?)(?:\.(\d+))?Z$/.exec(stamp);
  return match ? `${Date.parse(`${match[1]}Z`) / 1000}.${(match[2] ?? '0').padEnd(9, '0')}` : '0';
}
