import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repository } from '../harness/server-run.ts';

/** The guide on adding a provider: its text, and the code in it by the title after the language: ` ```ts receiver.ts `. */
export class Guide {
  readonly text: string;

  private constructor(text: string) {
    this.text = text;
  }

  static async read(): Promise<Guide> {
    return new Guide(await readFile(`${repository}docs/add-a-provider.md`, 'utf8'));
  }

  block(title: string): string {
    const [, code] = new RegExp(`^\`\`\`\\w+ ${title}\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(this.text) ?? [];
    if (code === undefined) throw new Error(`The guide has no block with the title "${title}".`);
    return code;
  }

  /** Writes a file of the guide into a directory, changed or as it is, and returns its path. */
  async write(directory: string, title: string, change = (code: string) => code): Promise<string> {
    const path = join(directory, title);
    await writeFile(path, change(this.block(title)));
    return path;
  }
}

/** What `npm install /path/to/bellhop/shared` does. */
export async function installShared(directory: string): Promise<void> {
  await mkdir(join(directory, 'node_modules', '@bellhop'), { recursive: true });
  await symlink(join(repository, 'shared'), join(directory, 'node_modules', '@bellhop', 'shared'));
}
