import type { Engine } from './engine.js';

/** An image without a name yet, and what went into it. */
export interface Draft {
  id: string;
  contents: string;
}

export const discard = (engine: Engine, image: string): Promise<unknown> =>
  engine.docker
    .getImage(image)
    .remove({ force: true })
    .catch(() => {});
