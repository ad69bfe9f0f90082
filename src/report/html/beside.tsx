/** What went on beside the load: reads from replicas, messages. */
import { besideOf } from '../beside.js';
import type { ReportInput } from '../types.js';
import { Section } from './parts.js';

export const BesideTheLoad = ({ result }: ReportInput) => (
  <>
    {besideOf(result).map(({ id, title, lines: [first, ...rest] }) => (
      <Section key={id} id={id} title={title}>
        <div class="beside">
          <p>{first}.</p>
          <ul>
            {rest.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </div>
      </Section>
    ))}
  </>
);
