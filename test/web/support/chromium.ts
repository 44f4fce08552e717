import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { type BrowserContext, chromium } from "playwright-core";

function find(): string | undefined {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .flatMap((directory) => ["chromium", "chromium-browser", "google-chrome"].map((name) => join(directory, name)))
    .find((path) => existsSync(path));
}

const executablePath = find();

/**
 * Empty where the pages can be opened; else why these tests are skipped, to be part of their name. Under CI nothing
 * may be skipped, so there they run and fail.
 */
export const skippedBecause =
  executablePath !== undefined || process.env.CI === "true"
    ? ""
    : " (skipped: no Chromium; `apt-get install chromium` installs it)";

export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: "light" | "dark";
  readonly locale?: string;
}

/** A browser of its own, with a profile of its own that is removed with it. */
export class Chromium implements AsyncDisposable {
  private constructor(
    readonly context: BrowserContext,
    private readonly profile: string,
  ) {}

  static async start({ width = 1440, height = 900, colorScheme = "light", locale = "en-US" }: PageOptions = {}) {
    if (executablePath === undefined) {
      throw new Error("There is no Chromium on the PATH: `apt-get install chromium` installs it.");
    }
    const profile = await mkdtemp(join(tmpdir(), "gateway-chromium-"));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath,
      headless: true,
      acceptDownloads: true,
      viewport: { width, height },
      colorScheme,
      locale,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    });
    return new Chromium(context, profile);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.context.close();
    await rm(this.profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
