/** Judges and renders one synthetic history of argv[2] operations in a process of its own, so that its peak memory is its own. */

import { syntheticRecording } from '../recording/testing/synthetic.js';
import { buildResult, renderHtml } from '../report/index.js';

const recording = syntheticRecording({ ops: Number(process.argv[2]) });
const before = process.resourceUsage().maxRSS;
const from = performance.now();
const input = buildResult(recording);
const judged = performance.now();
const html = renderHtml(input);
const rendered = performance.now();
process.stdout.write(
  JSON.stringify({
    ops: recording.ops.length,
    judge: judged - from,
    render: rendered - judged,
    rssBefore: before * 1024,
    rss: process.resourceUsage().maxRSS * 1024,
    html: Buffer.byteLength(html),
  }),
);
