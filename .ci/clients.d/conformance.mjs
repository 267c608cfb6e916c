// schemathesis generates requests from GitHub's descriptions and ours: each response of the sandbox is of its description.
//
//     node conformance.mjs PROGRAM PYTHON DESCRIPTIONS CONNECT_API DIRECTORY

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { Finding, Site, check, expect } from "./site.mjs";

const [program, python, descriptions, connectApi, directory] = process.argv.slice(2);

const CHECKS = ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance"];

/** No run of schemathesis takes longer, or it hangs. */
const PATIENCE = 60_000;

/** The same requests each time: nothing depends on a seed or on an earlier run. */
const OPTIONS = [
  "--generation-deterministic",
  "--continue-on-failure",
  "--no-color",
  ...["--phases", "examples,coverage,fuzzing"],
  ...["--checks", CHECKS.join(",")],
  ...["--max-examples", "30"],
  ...["--request-timeout", "10"],
];

/** Plays a description at a host, and returns how often each status came, by operation. */
async function conform(site, name, description, host, { token, options = [] } = {}) {
  const answers = join(site.directory, `${name}.json`);
  const hooks = {
    SCHEMATHESIS_HOOKS: "conformance",
    CONFORMANCE_SITE: site.directory,
    CONFORMANCE_ANSWERS: answers,
    ...(token && { CONFORMANCE_TOKEN: token }),
  };
  const run = ["-m", "schemathesis.cli", "run", resolve(description), "--url", host, ...OPTIONS, ...options];
  const started = Date.now();
  try {
    await promisify(execFile)(python, run, {
      cwd: import.meta.dirname,
      env: { ...process.env, ...hooks },
      timeout: PATIENCE,
      maxBuffer: 2 ** 26,
    });
  } catch ({ code, signal, stdout, stderr, message }) {
    expect(stdout !== undefined, `schemathesis could not be started: ${message}`);
    expect(false, `schemathesis, ${name}: exit code ${code ?? signal}\n${stdout}\n${stderr}`);
  }
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  const seen = Object.entries(JSON.parse(readFileSync(answers, "utf8")));
  const requests = seen.flatMap(([, statuses]) => Object.values(statuses)).reduce((sum, count) => sum + count, 0);
  console.log(`schemathesis, ${name}: ${requests} requests in ${seconds} s, each response as described`);
  return new Map(seen);
}

/** Each operation was answered with each of these statuses, or the check cannot fail. */
function wasSeen(name, answers, operations, statuses) {
  for (const operation of operations) {
    const seen = answers.get(operation) ?? {};
    const missing = statuses.filter((status) => !seen[status]);
    const what = `${operation} was never answered with ${missing}: ${JSON.stringify(seen)}`;
    expect(missing.length === 0, `schemathesis, ${name}: ${what}`);
  }
}

/** A page in the place of the servers is found, or the check cannot fail. */
async function seeViolation(site) {
  const body = JSON.stringify({ fault: "status:html*always" });
  await fetch(`${site.cloud}_sandbox/faults`, { method: "POST", body, headers: { "content-type": "application/json" } });
  const options = ["--include-path", "/enterprises/{enterprise}/license-sync-status"];
  const description = join(descriptions, "cloud.json");
  const found = await conform(site, "violation", description, site.cloud, { options }).catch((error) => error);
  const isFound = found instanceof Finding && /Undocumented Content-Type/.test(found.message);
  expect(isFound, `schemathesis found no violation in a page: ${found}`);
}

/** The operations of a description, as the hooks name them. */
function operations(description) {
  const { paths } = JSON.parse(readFileSync(description, "utf8"));
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => [`${method.toUpperCase()} ${path}`, method === "post" ? 201 : 200]),
  );
}

await check(async () => {
  const site = await Site.start(program, resolve(directory, "conformance"), "--users", "60", "--schema", "published");
  await site.succeed("sync");
  for (const host of ["server", "cloud"]) {
    const description = join(descriptions, `${host}.json`);
    const answers = await conform(site, host, description, site[host]);
    for (const [operation, status] of operations(description)) wasSeen(host, answers, [operation], [status]);

    const name = `${host} without a token`;
    const options = ["--phases", "coverage"];
    const refused = await conform(site, name, description, site[host], { token: "ghp_nobody", options });
    wasSeen(name, refused, operations(description).map(([operation]) => operation), [401]);
  }

  // Uploads alone, as they take most requests. Faults at last, since they happen to what follows.
  const [uploads, faults] = ["/enterprises/{enterprise}/license-usage", "/_sandbox/faults"];
  const alone = (path) => ({ options: ["--include-path", path] });
  const uploaded = await conform(site, "uploads", connectApi, site.cloud, alone(uploads));
  wasSeen("uploads", uploaded, [`POST ${uploads}`], [202, 400, 404, 415, 422]);
  const others = { options: ["--exclude-path", uploads, "--exclude-path", faults] };
  const answers = await conform(site, "connect", connectApi, site.cloud, others);
  wasSeen("connect", answers, [`GET ${uploads}/{id}`, "GET /_sandbox/uploads", "GET /_sandbox/tally"], [200]);
  wasSeen("connect", answers, ["POST /_sandbox/servers"], [204, 400]);
  const added = await conform(site, "faults", connectApi, site.cloud, alone(faults));
  wasSeen("faults", added, [`POST ${faults}`], [204, 400]);
  await seeViolation(site);
  await site.stop();
});
