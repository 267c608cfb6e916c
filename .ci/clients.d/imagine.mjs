// Prism generates responses from GitHub's descriptions: the program copes with each, by a result or a clear error.
//
//     node imagine.mjs PROGRAM DESCRIPTIONS DIRECTORY

import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { compare } from "./compare.mjs";
import { collections } from "./describe.mjs";
import { LIST, throughPrism } from "./gateway.mjs";
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
  isAnswer({ url, answer });
  const path = url.split("?")[0];
  if (!bodies.has(path)) bodies.set(path, new Set());
  bodies.get(path).add(`${answer.body}`);
}

/** What Prism answers when it has no response to give is none of GitHub's. */
const unanswered = new Set();

function isAnswer({ url, answer }) {
  const isProblem = answer.headers["content-type"]?.includes("problem+json");
  if (isProblem) unanswered.add(`${url.split("?")[0]}: ${answer.body}`);
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
  };
  // A token's expiry has no format in the schema, so all of them end alike.
  return seed % 10 > 0 ? commands : { ...commands, sync: sync(site, seed) };
}

/** With the sandbox's server, so that the cloud is asked for a token. */
function sync(site, name) {
  const settings = { "server.url": site.server, "state.directory": join(site.directory, `state-${name}`) };
  return [...Object.entries(settings).flatMap(([key, value]) => ["--set", `${key}=${value}`]), "sync"];
}

/** Collects in each way, and sends nothing: reads the server alone. */
async function collect(site, flags, played) {
  for (const [name, change] of Object.entries(collections)) {
    cope(await site.with(name, change).run(...flags, "sync", "--dry-run"), `sync --dry-run ${name}`, played);
  }
}

async function play(site, prisms, users, seed) {
  const prefer = `dynamic=true, seed=seed-${seed}`;
  const { flags, close } = await throughPrism(site, prisms, { prefer, heard: remember });
  for (const [name, command] of Object.entries(commands(site, users, seed))) {
    cope(await site.run(...flags, ...command), name, `seed ${seed}`);
  }
  await collect(site, flags, `seed ${seed}`);
  close();
  // A generated list has no login of a managed user.
  const straight = await throughPrism(site, prisms, { prefer, heard: remember, straight: LIST });
  const { explain } = commands(site, users, seed);
  cope(await site.run(...straight.flags, ...explain), "explain of the sandbox's list", `seed ${seed}`);
  straight.close();
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

/** Each operation of the descriptions with each status that it may be answered with. */
function published() {
  return ["cloud", "server"].flatMap((host) => {
    const { paths } = JSON.parse(readFileSync(join(descriptions, `${host}.json`), "utf8"));
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { responses }]) => ({ host, method, path, responses })),
    );
    return operations.flatMap(({ responses, ...operation }) =>
      Object.keys(responses)
        // At a limit that names no time the program waits for a minute at least; its own tests play that with less.
        .filter((status) => !(host === "server" && operation.path.includes("/scim/") && status === "429"))
        .map((status) => ({ ...operation, status })),
    );
  });
}

/** Every published answer to each request, of which all others are answered with the examples. */
async function answerEach(site, prisms, users) {
  const asked = new Set();
  await together([...published().entries()], async ([number, { host, method, path, status }]) => {
    const pattern = new RegExp(`^${path.replaceAll(/\{.*?\}/g, "[^/]+")}(\\?|$)`);
    const is = (request) => request.method.toLowerCase() === method && pattern.test(request.url);
    const what = `${method.toUpperCase()} ${path}`;
    const ways = {
      // Who the App is, is asked when its installation is not found.
      prefer: (request) => (is(request) ? `code=${status}` : path === "/app" && request.method === "POST" && "code=404"),
      heard: ({ error, ...request }) => {
        if (error || !is(request)) return;
        isAnswer(request);
        asked.add(what);
      },
      straight: /^\/scim/.test(path) ? LIST : undefined,
    };
    const { flags, close } = await throughPrism(site, prisms, ways);
    const because = new Set();
    if (host === "server") await collect(site, flags, `${what}, status ${status}`);
    const cloud = /^\/app/.test(path) ? { sync: sync(site, `answer-${number}`) } : commands(site, users, 1);
    for (const [name, command] of Object.entries(host === "cloud" ? cloud : {})) {
      const ended = await (status === "429" ? site.runUntilItWaits(...flags, ...command) : site.run(...flags, ...command));
      if (status === "429" && ended.err.startsWith("rate-limited: waiting")) {
        because.add("it waits as long as the limit asks for");
        continue;
      }
      cope(ended, name, `${what}, status ${status}`);
      // The token of the example is none of the sandbox's.
      expect(name !== "sync" || ended.code > 0, `sync: exit code ${ended.code} with ${what} answered with ${status}`);
      because.add(/because: (.*)/.exec(ended.err)?.[1] ?? "read");
    }
    console.log(`Prism, ${what}, status ${status}: ${[...because].join("; ") || "coped with"}`);
    close();
  });
  const unasked = published().filter(({ method, path }) => !asked.has(`${method.toUpperCase()} ${path}`));
  // One is the sandbox's alone, one is asked only where another is not found, and one for who is not in SCIM's example.
  const known = ["/api/v3/user", "/api/v3/scim/v2/enterprises/{enterprise}/Users", "/api/v3/users/{username}"];
  expect(unasked.every(({ path }) => known.includes(path)), `no command asked ${JSON.stringify(unasked)}`);
}

/** Plays each, several at a time. */
async function together(cases, play) {
  const waiting = [...cases];
  const worker = async () => {
    while (waiting.length > 0) await play(waiting.shift());
  };
  await Promise.all(Array.from({ length: availableParallelism() + 1 }, worker));
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
  await answerEach(site, prisms, users);

  // The schema requires no member of a list: the second half of the seeds leaves some out.
  bodies.clear();
  for (const [first, probability] of [[1, 1], [SEEDS / 2 + 1, 0.7]]) {
    await includeOptional(probability);
    const seeds = Array.from({ length: SEEDS / 2 }, (_, at) => first + at);
    await together(seeds, (seed) => play(site, prisms, users, seed));
  }
  for (const [path, answers] of bodies) console.log(`Prism: ${path}: ${answers.size} different responses`);
  for (const path of ["/enterprises/octo-corp/consumed-licenses", "/scim/v2/enterprises/octo-corp/Users"]) {
    const lists = bodies.get(path)?.size ?? 0;
    expect(lists >= LISTS, `Prism generated only ${lists} different answers of ${path}`);
  }
  expect(unanswered.size === 0, `Prism had no response:\n${[...unanswered].join("\n")}`);
  for (const [name, codes] of seen) console.log(`${name}: exit codes ${JSON.stringify(codes)}`);
  await site.stop();
});
