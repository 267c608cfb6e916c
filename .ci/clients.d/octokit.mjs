// Octokit reads the sandbox's cloud: the consumed licenses, the license sync status, and what an App may.

import { generateKeyPairSync } from "node:crypto";
import { Octokit } from "octokit";
import { createAppAuth } from "@octokit/auth-app";
import { expect } from "./site.mjs";

const LICENSES = "GET /enterprises/{enterprise}/consumed-licenses";
const SYNC_STATUS = "GET /enterprises/{enterprise}/license-sync-status";
const UPLOAD = "GET /enterprises/{enterprise}/license-usage/{id}";

const ENTERPRISE = { enterprise: "octo-corp" };

function client(site, options) {
  const baseUrl = site.cloud.replace(/\/$/, "");
  return new Octokit({ baseUrl, retry: { enabled: false }, throttle: { enabled: false }, ...options });
}

function reader(site) {
  return client(site, { auth: site.credential("connect-read-token") });
}

/** All pages of the list, by Octokit's own walk from page to page. */
export async function licenses(site, paging) {
  const list = { users: [], pages: 0 };
  for await (const page of reader(site).paginate.iterator(LICENSES, { ...ENTERPRISE, ...paging })) {
    list.pages += 1;
    list.users.push(...page.data.users);
    list.consumed = page.data.total_seats_consumed;
    list.purchased = page.data.total_seats_purchased;
  }
  return list;
}

export async function syncStatus(site) {
  return (await reader(site).request(SYNC_STATUS, ENTERPRISE)).data.server_instances;
}

async function refusal(request) {
  try {
    await request;
    return { message: "nothing was refused" };
  } catch (error) {
    return { code: error.status, ...error.response?.data };
  }
}

/** A page that did not change is not sent again. */
export async function unchanged(site) {
  const first = await reader(site).request(LICENSES, ENTERPRISE);
  const headers = { "if-none-match": first.headers.etag };
  const again = await refusal(reader(site).request(LICENSES, { ...ENTERPRISE, headers }));
  expect(again.code === 304, `Octokit: an unchanged page was answered with ${again.code}`);
}

/** GitHub's bodies for what is refused and for what is not found. */
export async function refusals(site) {
  const wanted = [
    [401, "Bad credentials", () => client(site, { auth: "ghp_somebodyelse" }).request(LICENSES, ENTERPRISE)],
    [401, "Requires authentication", () => client(site, {}).request(LICENSES, ENTERPRISE)],
    [404, "Not Found", () => reader(site).request(LICENSES, { enterprise: "another" })],
    [404, "Not Found", () => reader(site).request("GET /nowhere")],
  ];
  for (const [code, message, request] of wanted) {
    const seen = await refusal(request());
    const isSo = seen.code === code && seen.status === `${code}` && seen.message === message && seen.documentation_url;
    expect(isSo, `Octokit: ${code} ${message} was expected, not ${JSON.stringify(seen)}`);
  }
}

function app(site, privateKey, options) {
  const auth = {
    appId: site.setting("client-id"),
    installationId: Number(site.setting("installation-id")),
    privateKey,
  };
  return client(site, { authStrategy: createAppAuth, auth, ...options });
}

/** The App signs a token, exchanges it for that of its installation, and asks with it. */
export async function appAuthentication(site) {
  const ours = app(site, site.credential("connect-private-key"));
  const token = await ours.auth({ type: "installation" });
  const hour = Date.parse(token.expiresAt) - Date.now();
  const isGood = /^ghs_/.test(token.token) && hour > 59 * 60_000 && hour <= 3_600_000;
  expect(isGood, `Octokit: an odd token until ${token.expiresAt}`);
  const upload = await ours.request(UPLOAD, { ...ENTERPRISE, id: "usage-1" });
  expect(upload.data.sync_state === "success", `Octokit: the upload is ${JSON.stringify(upload.data)}`);
  const unread = await refusal(ours.request(LICENSES, ENTERPRISE));
  expect(unread.code === 403, `Octokit: an App that reads licenses was answered with ${JSON.stringify(unread)}`);
  const { data } = await ours.request("GET /app");
  expect(data.client_id === site.setting("client-id"), `Octokit: the App is ${data.client_id}`);

  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const other = app(site, privateKey.export({ type: "pkcs8", format: "pem" }));
  const refused = await refusal(other.request(UPLOAD, { ...ENTERPRISE, id: "usage-1" }));
  expect(refused.code === 401, `Octokit: another App's key was answered with ${JSON.stringify(refused)}`);
}

/** Octokit recognizes by GitHub's words and its `Date` that a clock is wrong, and signs by the cloud's. */
export async function skewedClock(site) {
  for (const skew of ["-900s", "+3600s"]) {
    const fault = JSON.stringify({ fault: `token:skew=${skew}*2` });
    const headers = { "content-type": "application/json" };
    await fetch(`${site.cloud}_sandbox/faults`, { method: "POST", body: fault, headers });
    const warnings = [];
    const log = { debug: () => {}, info: () => {}, warn: (text) => warnings.push(text), error: () => {} };
    const { token } = await app(site, site.credential("connect-private-key"), { log }).auth({ type: "installation" });
    expect(/^ghs_/.test(token) && warnings.length > 0, `Octokit: a clock that is ${skew} off was not recognized`);
  }
}
