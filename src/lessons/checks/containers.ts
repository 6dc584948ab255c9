// The containers as the engine lists them (GET /containers/json), reduced to what checks ask about.
import { z } from 'zod';
import type { CheckContext } from '../check.ts';

const listSchema = z.array(
  z.object({ Id: z.string(), Image: z.string(), State: z.string(), Names: z.array(z.string()) }),
);
const inspectSchema = z.object({ State: z.object({ ExitCode: z.number(), FinishedAt: z.string() }) });

export interface Listed {
  readonly id: string;
  readonly image: string;
  readonly state: string;
  readonly names: readonly string[];
}

export async function listContainers(context: CheckContext): Promise<Listed[]> {
  const answer = listSchema.parse(await context.get('/containers/json?all=1'));
  return answer.map(({ Id, Image, State, Names }) => ({
    id: Id,
    image: Image,
    state: State,
    names: Names.map((name) => name.replace(/^\//, '')),
  }));
}

export async function exitCodeOf(context: CheckContext, id: string): Promise<number> {
  return inspectSchema.parse(await context.get(`/containers/${id}/json`)).State.ExitCode;
}

/** `nginx` names any tag of it, `nginx:1.22` only that one. */
export function isImage(container: Listed, image: string): boolean {
  return container.image === image || (!image.includes(':') && container.image.replace(/:[^/:]*$/, '') === image);
}
