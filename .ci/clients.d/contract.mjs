// Prism validates each request of the program to a published endpoint, and each response of the sandbox.
//
//     node contract.mjs PROGRAM DESCRIPTIONS DIRECTORY

import { join } from "node:path";
import { collections, published } from "./describe.mjs";
import { throughPrism } from "./gateway.mjs";
import { proxy } from "./prism.mjs";
import { Site, check, expect } from "./site.mjs";

const [program, descriptions, directory] = process.argv.slice(2);

/** What Prism found in exchanges, and which operations were asked. */
class Verdict {
  asked = [];
  violations = [];

  hear = ({ method, url, answer, error }) => {
    const what = `${method} ${url.split("?")[0]}`;
    this.asked.push(what);
    const isPrism = answer?.headers["content-type"]?.includes("problem+json");
    const found = error ?? answer.headers["sl-violations"] ?? (isPrism && `${answer.body}`);
    if (found) this.violations.push(`${what}: ${found}`);
  };
}

/** Prism between the program and the site. */
async function validated(site) {
  const verdict = new Verdict();
  const prisms = {};
  for (const host of ["cloud", "server"]) prisms[host] = await proxy(join(descriptions, `${host}.json`), site[host]);
  return { verdict, ...(await throughPrism(site, prisms, { heard: verdict.hear })) };
}

/** What is not as published is found, or the check cannot fail. */
async function seeViolations(site, { verdict, cloud }) {
  const list = `${cloud}enterprises/octo-corp/consumed-licenses`;
  const token = `${cloud}app/installations/7/access_tokens`;
  const headers = { authorization: `Bearer ${site.credential("connect-read-token")}` };
  const json = { "content-type": "application/json" };
  const body = JSON.stringify({ permissions: 7 });
  const wrong = {
    "a page that is no number": () => fetch(`${list}?page=two`, { headers }),
    "a body of another kind": () => fetch(token, { method: "POST", body, headers: json }),
    "a list that is not of the schema": () => fetch(`${list}?per_page=100`, { headers }),
  };
  for (const [what, ask] of Object.entries(wrong)) {
    verdict.violations.length = 0;
    await ask();
    expect(verdict.violations.length === 1, `Prism found nothing in ${what}`);
  }
}

await check(async () => {
  const site = await Site.start(program, join(directory, "contract"), "--users", "400", "--schema", "published");
  const { verdict, flags, ...hosts } = await validated(site);
  await site.succeed(...flags, "sync");
  for (const [name, change] of Object.entries(collections)) {
    await site.with(name, change).succeed(...flags, "sync", "--dry-run");
  }
  await site.succeed(...flags, "report");
  await site.succeed(...flags, "status", "--cloud");
  await site.succeed(...flags, "explain");
  // Who the App is, is asked when its installation is not found.
  const { code } = await site.run(...flags, "--set", "connect.installation-id=7", "sync");
  expect(code === 77, `an unknown installation: exit code ${code}`);

  for (const [host, { base, served = [] }] of Object.entries(published)) {
    const headers = { authorization: `Bearer ${site.credential(host === "server" ? "server-token" : "connect-read-token")}` };
    for (const [method, path] of served) await fetch(`${hosts[host]}${base.slice(1)}${path}`, { method, headers });
  }
  expect(verdict.violations.length === 0, `Prism found:\n${[...new Set(verdict.violations)].join("\n")}`);
  for (const { base, operations, served = [] } of Object.values(published)) {
    for (const [method, path] of [...operations, ...served]) {
      const pattern = new RegExp(`^${method} ${base}${path.replaceAll(/\{.*?\}/g, "[^/]+")}$`, "i");
      const times = verdict.asked.filter((what) => pattern.test(what)).length;
      // Asked only where the address without the enterprise is not found, which no description has.
      if (times === 0 && base + path === "/api/v3/scim/v2/enterprises/{enterprise}/Users") continue;
      expect(times > 0, `nobody asked ${method} ${path}`);
      console.log(`Prism: ${method} ${base}${path}: ${times} times as published`);
    }
  }
  await site.stop();

  // Recorded answers have null where the schema has a text: the login of a user who is only on a server.
  const other = await Site.start(program, join(directory, "violations"), "--users", "50", "--schema", "recorded");
  await other.succeed("sync");
  await seeViolations(other, await validated(other));
  await other.stop();
});
