import { checkImageName } from '../image-name.js';
import { ask, type Engine, statusOf } from './engine.js';

export interface LocalImage {
  id: string;
  labels: Record<string, string>;
}

export async function inspectImage(engine: Engine, ref: string): Promise<LocalImage | undefined> {
  checkImageName(ref);
  try {
    const { Id, Config } = await ask(`inspect image ${ref}`, engine.docker.getImage(ref).inspect());
    return { id: Id, labels: Config?.Labels ?? {} };
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}
