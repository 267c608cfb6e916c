// Prism generates responses from GitHub's descriptions: the program copes with each, by a result or a clear error.
//
//     node imagine.mjs PROGRAM DESCRIPTIONS DIRECTORY

import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { compare } from "./compare.mjs";
import { throughPrism } from "./gateway.mjs";
import { includeOptional, mock } from "./prism.mjs";
import { Site, check, expect } from "./site.mjs";

const [program, descriptions, directory] = process.argv.slice(2);

const SEEDS = 140;

/** So many of the lists have to differ from each other. */
const LISTS = 100;

/** The exit codes that a response may lead to: not those of a wrong command, wrong settings or an internal error. */
const CODES = [0, 4, 5, 65, 69, 75, 77];

/** Exit codes that came, by command. */
const seen = new Map();

/** Generated responses, by path. */
const bodies = new Map();

function remember({ url, answer, error }) {
  if (error) return;
  const path = url.split("?")[0];
  if (!bodies.has(path)) bodies.set(path, new Set());
  bodies.get(path).add(`${answer.body}`);
}

/** The program copes with what it was answered. */
function cope({ code, signal, out, err, what }, name, played) {
  const isClear = code === 0 || code === 5 ? out !== "" : /^error: .*^ {2}reason: [a-z-]+$/ms.test(err);
  const copes = CODES.includes(code) && isClear && !/panicked|internal/.test(err);
  expect(copes, `${played}: ${what}: exit code ${code} ${signal ?? ""}\n${out}\n${err}`);
  seen.set(name, { ...seen.get(name), [code]: (seen.get(name)?.[code] ?? 0) + 1 });
}

/** The commands that read what Prism generates. */
function commands(site, users, seed) {
  const commands = {
    report: ["report", "--show-users", "--format", ["json", "csv"][seed % 2]],
    "status --cloud": ["status", "--cloud"],
    explain: ["explain", "--report", users, "--show-users", "--json"],
    "sync --dry-run": ["sync", "--dry-run"],
  };
  // A token's expiry has no format in the schema, so all of them end alike.
  return seed % 10 > 0 ? commands : { ...commands, sync: sync(site, seed) };
}

/** With the sandbox's server, so that the cloud is asked for a token. */
function sync(site, name) {
  const settings = { "server.url": site.server, "state.directory": join(site.directory, `state-${name}`) };
  return [...Object.entries(settings).flatMap(([key, value]) => ["--set", `${key}=${value}`]), "sync"];
}

async function play(site, prisms, users, seed) {
  const prefer = `dynamic=true, seed=seed-${seed}`;
  const { flags, close } = await throughPrism(site, prisms, { prefer, heard: remember });
  for (const [name, command] of Object.entries(commands(site, users, seed))) {
    cope(await site.run(...flags, ...command), name, `seed ${seed}`);
  }
  close();
}

/** The published example is read as it is meant. */
async function readExample(site, prisms) {
  const { flags, close } = await throughPrism(site, prisms, {});
  const { components } = JSON.parse(readFileSync(join(descriptions, "cloud.json"), "utf8"));
  const list = components.examples["get-consumed-licenses"].value;
  const report = JSON.parse(await site.succeed(...flags, "report", "--format", "json", "--show-users"));
  const read = { users: list.users, consumed: list.total_seats_consumed, purchased: list.total_seats_purchased };
  compare("Prism, the published example", read, report, "enterprise_server_emails");
  expect(Object.keys(report.list.unreadable).length === 0, "the report names unreadable members of the example");

  const { server_instances } = components.examples["get-license-sync-status"].value;
  const { cloud } = JSON.parse((await site.run(...flags, "status", "--cloud", "--json")).out);
  const listed = `${cloud.servers.map((it) => [it.server_id, it.hostname, it.status, Date.parse(it.synced_at)])}`;
  const meant = `${server_instances.map(({ server_id, hostname, last_sync }) => [
    server_id,
    hostname,
    last_sync.status,
    Date.parse(last_sync.date),
  ])}`;
  expect(listed === meant, `the program lists ${listed}, the example has ${meant}`);
  console.log(`Prism, the published example: ${server_instances.length} servers`);
  close();
}

/** Every published answer to the request for a token; the token of the example is none of the sandbox's. */
async function askForToken(site, prisms) {
  for (const code of [201, 401, 403, 404, 422]) {
    const { flags, close } = await throughPrism(site, prisms, { prefer: `code=${code}` });
    const ended = await site.run(...flags, ...sync(site, code));
    expect(ended.code > 0, `sync: exit code ${ended.code} with a token that was answered with ${code}`);
    cope(ended, "sync", `status ${code}`);
    console.log(`Prism, status ${code} for a token: ${/because: (.*)/.exec(ended.err)?.[1]}`);
    close();
  }
}

await check(async () => {
  const site = await Site.start(program, join(directory, "imagine"), "--users", "50");
  const users = join(directory, "imagine", "all_users.csv");
  const basic = Buffer.from(`license-bot:${site.credential("server-token")}`).toString("base64");
  const headers = { authorization: `Basic ${basic}` };
  const answer = await fetch(`${site.server}stafftools/reports/all_users.csv`, { headers });
  writeFileSync(users, await answer.text());
  const prisms = {};
  for (const host of ["cloud", "server"]) prisms[host] = await mock(join(descriptions, `${host}.json`));
  await readExample(site, prisms);
  await askForToken(site, prisms);

  // The schema requires no member of a list: the second half of the seeds leaves some out.
  bodies.clear();
  for (const [first, probability] of [[1, 1], [SEEDS / 2 + 1, 0.7]]) {
    await includeOptional(probability);
    const waiting = Array.from({ length: SEEDS / 2 }, (_, at) => first + at);
    const worker = async () => {
      while (waiting.length > 0) await play(site, prisms, users, waiting.shift());
    };
    await Promise.all(Array.from({ length: availableParallelism() + 1 }, worker));
  }
  for (const [path, answers] of bodies) console.log(`Prism: ${path}: ${answers.size} different responses`);
  const lists = bodies.get("/enterprises/octo-corp/consumed-licenses").size;
  expect(lists >= LISTS, `Prism generated only ${lists} different lists`);
  for (const [name, codes] of seen) console.log(`${name}: exit codes ${JSON.stringify(codes)}`);
  await site.stop();
});
