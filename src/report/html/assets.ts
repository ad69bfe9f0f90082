/** What is inlined into a page. Read beside this file, which the build copies to dist. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const beside = (name: string): string => readFileSync(new URL(`./${name}`, import.meta.url), 'utf8');
const uplot = (name: string): string =>
  readFileSync(createRequire(import.meta.url).resolve(`uplot/dist/${name}`), 'utf8');

const sheets = ['base.css', 'score.css', 'sections.css', 'comparison.css', 'media.css'];

export interface Assets {
  styles: string[];
  scripts: string[];
}

let page: Assets | undefined;
export const pageAssets = (): Assets => {
  page ??= {
    styles: [uplot('uPlot.min.css'), ...sheets.map(beside)],
    scripts: [uplot('uPlot.iife.min.js'), beside('buttons.js'), beside('client.js')],
  };
  return page;
};

export const overviewAssets = (): Assets => ({ styles: sheets.map(beside), scripts: [] });

/** A hash in the policy lets exactly this script run: markup that slipped through would still be dead. */
export const hashOf = (script: string): string => `'sha256-${createHash('sha256').update(script).digest('base64')}'`;
