// Runs in the report page, before client.js: what works without charts. Plain script without imports, inlined as it stands.
{
  document.documentElement.classList.add('scripted');

  /** @param {string} text */
  const copyText = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Some browsers allow the clipboard no file:// page; the old way still works there.
      const area = Object.assign(document.createElement('textarea'), { value: text });
      document.body.append(area);
      area.select();
      document.execCommand('copy');
      area.remove();
    }
  };
  for (const button of document.querySelectorAll('button.copy'))
    button.addEventListener('click', async () => {
      const label = button.textContent;
      await copyText(
        (document.getElementById(button.dataset.copy)?.textContent ?? '')
          .replaceAll('\u00a0', ' ')
          .replaceAll('\u2011', '-'),
      );
      button.textContent = 'Copied';
      setTimeout(() => Object.assign(button, { textContent: label }), 1500);
    });
  // Paper can't unfold anything.
  addEventListener('beforeprint', () => {
    for (const fold of document.querySelectorAll('main details')) fold.open = true;
  });
}
