/** The document around a page: one file that opens from a disk, asks no network, and runs only the scripts it was made with. */
import { escapeText } from '../xml.js';
import { type Assets, hashOf } from './assets.js';

interface Shell {
  title: string;
  /** HTML made by Preact, which escapes. */
  body: string;
  assets: Assets;
  /** Base64 of gzipped JSON for the client script. */
  data?: string;
}

export function shell({ title, body, assets, data }: Shell): string {
  const scripts = assets.scripts.map(inline);
  const policy = [
    "default-src 'none'",
    `script-src ${scripts.length > 0 ? scripts.map(hashOf).join(' ') : "'none'"}`,
    "style-src 'unsafe-inline'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="redrill">
<title>${escapeText(title)}</title>
<style>${assets.styles.join('\n')}</style>
</head>
<body>
${body}
${data === undefined ? '' : `<script type="text/plain" id="packed">${data}</script>`}
${scripts.map((s) => `<script>${s}</script>`).join('\n')}
</body>
</html>
`;
}

/** No text of a script may end its element. */
const inline = (script: string): string => script.replaceAll('</script', '<\\/script');
