import { open } from "node:fs/promises";

/** What was made, renamed or removed in the directory is so after a crash too. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
