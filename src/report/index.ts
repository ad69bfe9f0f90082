/** What is here: a recording becomes a result, a result becomes files and lines. Pure but for write. */
export { githubAnnotations } from './annotations.js';
export { buildResult } from './build.js';
export { type Comparison, compare } from './compare.js';
export { comparisonMarkdown, comparisonText } from './comparison-text.js';
export { renderConsole } from './console.js';
export { type OverviewEntry, renderOverview } from './html/overview.js';
export { renderHtml } from './html/page.js';
export { renderEvents, renderJson } from './json.js';
export { renderJunit } from './junit.js';
export { md, renderMarkdown } from './markdown.js';
export { resultJsonSchema, resultSchema } from './schema.js';
export type { ReportInput, Result, StageResult } from './types.js';
export { historyLine, publish, rewrites, type Written, writeReports, writeWhole } from './write.js';
