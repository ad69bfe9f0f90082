/** From a recording to everything the reports show. Pure: the same recording gives the same result, years later. */
import { judge, overall } from '../assertions/judge.js';
import type { Recording } from '../recording/recording.js';
import { analyse } from '../timeline/analyse.js';
import { resultOf } from './result.js';
import type { ReportInput } from './types.js';

export function buildResult(recording: Recording): ReportInput {
  const analysis = analyse(recording);
  const findings = judge(analysis);
  return resultOf(analysis, findings, overall(findings, recording));
}
