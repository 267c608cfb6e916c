// A sandbox and the program beside it, as processes of their own.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** No command takes longer, or it hangs. */
const PATIENCE = 60_000;

/** What a check found. The text is the report. */
export class Finding extends Error {}

export function expect(isSo, text) {
  if (!isSo) throw new Finding(text);
}

/** Runs the program to its end, or ends it when it says `until` on standard error. */
export async function run(program, args, until) {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  let [out, err, hangs] = ["", "", false];
  child.stdout.setEncoding("utf8").on("data", (text) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text) => {
    err += text;
    if (until && err.includes(until)) child.kill("SIGTERM");
  });
  const alarm = setTimeout(() => {
    hangs = true;
    child.kill("SIGKILL");
  }, PATIENCE);
  const [code, signal] = await once(child, "close");
  clearTimeout(alarm);
  expect(!hangs, `${args.join(" ")}: still running after ${PATIENCE / 1000} s\n${err}`);
  return { code, signal, out, err, what: args.join(" ") };
}

/** A running sandbox with its settings. */
export class Site {
  static async start(program, directory, ...options) {
    mkdirSync(directory, { recursive: true });
    const child = spawn(program, ["sandbox", "--json", "--directory", directory, ...options], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    // Whatever happens to the check, the sandbox ends with it.
    process.on("exit", () => child.kill("SIGTERM"));
    let text = "";
    for await (const line of createInterface(child.stdout)) {
      text += line;
      if (line === "}") break;
    }
    return new Site(program, directory, child, JSON.parse(text));
  }

  constructor(program, directory, child, { server_url: server, cloud_url: cloud, config }) {
    Object.assign(this, { program, directory, child, server, cloud, config });
  }

  /** The same site with settings of which one part is another. */
  with(name, [part, other]) {
    const settings = readFileSync(this.config, "utf8");
    expect(settings.includes(part), `the settings of the sandbox do not have ${part}`);
    const config = join(this.directory, `${name.replaceAll(" ", "-")}.toml`);
    // A concurrent reader reads all of it.
    if (!existsSync(config)) writeFileSync(config, settings.replace(part, other), { mode: 0o600 });
    return Object.assign(Object.create(Site.prototype), this, { config });
  }

  /** A setting as it is written. */
  setting(key) {
    const line = new RegExp(`^${key} = "?(.*?)"?$`, "m");
    return line.exec(readFileSync(this.config, "utf8"))[1];
  }

  credential(name) {
    return readFileSync(join(this.directory, "credentials", name), "utf8").trim();
  }

  run(...args) {
    return run(this.program, ["--config", this.config, ...args]);
  }

  /** Runs a command that waits before it continues, and does not wait for it. */
  runUntilItWaits(...args) {
    return run(this.program, ["--config", this.config, ...args], "rate-limited: waiting");
  }

  /** Runs a command that has to succeed. */
  async succeed(...args) {
    const { code, out, err, what } = await this.run(...args);
    expect(code === 0, `${what}: exit code ${code}\n${err}`);
    return out;
  }

  async stop() {
    this.child.kill("SIGTERM");
    await once(this.child, "exit");
  }
}

// Who is ended by a signal ends the sandboxes as well.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

/** Plays the checks and ends with what they found. */
export async function check(play) {
  try {
    await play();
  } catch (error) {
    if (!(error instanceof Finding)) throw error;
    console.error(error.message);
    process.exit(1);
  }
  // What a check has left open does not keep it.
  process.exit(0);
}
