// Cuts GitHub's published descriptions down to the operations that the program asks for.
//
//     node describe.mjs DIRECTORY     # writes cloud.json and server.json there
//
// The whole files have 10 MB each. What an operation refers to is kept as it is. Prism matches paths without that
// of the address of the server, so that of an enterprise server becomes part of each path.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(import.meta.url);

/**
 * What the program asks for, by what it asks, with the path of the description where that is another one. `served` is what only
 * the sandbox has. A test compares this with `src`.
 */
export const published = {
  cloud: {
    file: "ghec",
    base: "",
    operations: [
      ["get", "/app"],
      ["post", "/app/installations/{installation_id}/access_tokens"],
      ["get", "/enterprises/{enterprise}/consumed-licenses"],
      ["get", "/enterprises/{enterprise}/license-sync-status"],
      ["get", "/enterprise-installation/{enterprise_or_org}/server-statistics"],
      ["get", "/scim/v2/enterprises/{enterprise}/Users"],
    ],
  },
  server: {
    file: "ghes-3.19",
    base: "/api/v3",
    operations: [
      ["get", "/meta"],
      ["get", "/enterprise/settings/license"],
      ["get", "/enterprise/stats/users"],
      ["get", "/enterprises/{enterprise}/settings/billing/advanced-security"],
      ["get", "/scim/v2/Users", "/scim/v2/enterprises/{enterprise}/Users"],
      ["get", "/scim/v2/enterprises/{enterprise}/Users"],
      ["get", "/users"],
      ["get", "/users/{username}"],
    ],
    served: [["get", "/user"]],
  },
};

/**
 * The ways to collect, since each may ask for endpoints of its own: what is in the settings of the sandbox, and what is
 * there instead.
 */
export const collections = {
  "by the report": ["[server.source.report]", "[server.source.report]"],
  "by SCIM": ['[server.source.report]\nusername = "license-bot"', '[server.source.scim]\nenterprise = "octo-corp"'],
  "with products": ["[server]\n", '[server]\nenterprise = "octo-corp"\n'],
};

function cut({ file, base, operations, served = [] }) {
  const text = readFileSync(require.resolve(`@octokit/openapi/generated/${file}.json`), "utf8");
  // The description of server statistics refers to files that are not published; anything may be in their place.
  const whole = JSON.parse(text, (_, value) => (/^[^#]/.test(value?.$ref ?? "#") ? {} : value));
  // When a user of an enterprise server was suspended is in no description, which admits no other member.
  whole.components.schemas["public-user"].properties.suspended_at ??= { type: "string", format: "date-time", nullable: true };
  const paths = {};
  for (const [method, path, described = path] of [...operations, ...served]) {
    const operation = whole.paths[described]?.[method];
    if (!operation) throw new Error(`${file} describes no ${method} ${described}`);
    paths[base + path] = { ...paths[base + path], [method]: placed(operation, path, whole) };
  }
  const cut = { openapi: whole.openapi, info: whole.info, paths, components: {} };
  // Whatever is referred to, and what that refers to.
  for (let waiting = [cut.paths]; waiting.length > 0; ) {
    for (const pointer of references(waiting.pop())) {
      const [, , kind, name] = pointer.split("/");
      cut.components[kind] ??= {};
      if (cut.components[kind][name]) continue;
      cut.components[kind][name] = whole.components[kind][name];
      waiting.push(whole.components[kind][name]);
    }
  }
  return cut;
}

/** The operation without the parameters that this path does not have. */
function placed(operation, path, { components }) {
  const parameters = operation.parameters?.filter((it) => {
    const { in: place, name } = it.$ref ? components.parameters[it.$ref.split("/")[3]] : it;
    return place !== "path" || path.includes(`{${name}}`);
  });
  return { ...operation, ...(parameters && { parameters }) };
}

function references(value) {
  if (value === null || typeof value !== "object") return [];
  const own = typeof value.$ref === "string" ? [value.$ref] : [];
  return own.concat(...Object.values(value).map(references));
}

/** Writes what is left of both descriptions below `directory`. */
export function describe(directory) {
  mkdirSync(directory, { recursive: true });
  for (const [name, wanted] of Object.entries(published)) {
    writeFileSync(join(directory, `${name}.json`), JSON.stringify(cut(wanted), null, 1));
  }
}

if (process.argv[1] === import.meta.filename) describe(process.argv[2]);
