// What other people's clients read of the sandbox's cloud is what the program reports.
//
//     node readers.mjs PROGRAM PYTHON DIRECTORY

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { compare } from "./compare.mjs";
import { appAuthentication, licenses, refusals, skewedClock, syncStatus, unchanged } from "./octokit.mjs";
import { Site, check, expect } from "./site.mjs";

const [program, python, directory] = process.argv.slice(2);

/** More than the largest page has, for every size of a page. */
const USERS = "400";

function pygithub(site, ...paging) {
  const token = join(site.directory, "credentials", "connect-read-token");
  const script = new URL("pygithub.py", import.meta.url).pathname;
  return JSON.parse(execFileSync(python, [script, site.cloud, token, ...paging], { maxBuffer: 2 ** 26 }));
}

/** The members of `license-sync-status` that the program shows as they are. */
function compareServers(listed, status) {
  const known = status.cloud.servers.map(({ server_id, hostname, synced_at, status, error }) => ({
    server_id,
    hostname,
    last_sync: { date: synced_at, status, error: error ?? "" },
  }));
  const [theirs, ours] = [listed, known].map((it) => JSON.stringify(it));
  expect(known.length === 1 && sorted(listed) === sorted(known), `Octokit lists ${theirs}, the program ${ours}`);
  console.log(`Octokit: ${listed.length} server, as status --cloud shows it`);
}

/** JSON with its members in order. */
function sorted(value) {
  const order = (_, it) => (it?.constructor === Object ? Object.fromEntries(Object.entries(it).sort()) : it);
  return JSON.stringify(value, order);
}

/** The seeds differ, since all of Octokit's clients in one process share what they ask for one installation. */
async function read(schema, seed) {
  const options = ["--users", USERS, "--schema", schema, "--seed", seed];
  const site = await Site.start(program, join(directory, schema), ...options);
  await site.succeed("sync");
  const report = JSON.parse(await site.succeed("report", "--format", "json", "--show-users"));
  expect(report.list.whole && report.licenses.length > 250, "the report is not whole, or too short for this check");
  const addresses = { recorded: "enterprise_server_primary_emails", published: "enterprise_server_emails" }[schema];
  // PyGithub knows the name of recorded answers alone.
  const known = schema === "recorded" && addresses;
  for (const per_page of [undefined, 100, 7]) {
    const size = per_page ?? 30;
    const list = await licenses(site, { per_page });
    const pages = Math.ceil(list.users.length / size);
    expect(list.pages === pages, `Octokit reads ${list.pages} pages of ${size}, not ${pages}`);
    compare(`Octokit, ${schema}, ${size} a page`, list, report, addresses);
  }
  for (const paging of [[], ["100"]]) {
    const list = pygithub(site, ...paging);
    compare(`PyGithub, ${schema}, ${paging[0] ?? 30} a page`, list, report, known);
    const follows = list.same_backwards && list.count === list.users.length;
    expect(follows, `PyGithub counts ${list.count} by the last page; the same backwards: ${list.same_backwards}`);
  }
  compareServers(await syncStatus(site), JSON.parse(await site.succeed("status", "--cloud", "--json")));
  await unchanged(site);
  await refusals(site);
  await appAuthentication(site);
  await skewedClock(site);
  console.log("Octokit: the App's key opens its installation, another key does not");
  await site.stop();
}

await check(() => Promise.all([read("recorded", "1"), read("published", "2")]));
