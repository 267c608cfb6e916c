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

/** What the program asks for, by what it asks. */
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
    ],
  },
};

function cut({ file, base, operations }) {
  const text = readFileSync(require.resolve(`@octokit/openapi/generated/${file}.json`), "utf8");
  // The description of server statistics refers to files that are not published; anything may be in their place.
  const whole = JSON.parse(text, (_, value) => (/^[^#]/.test(value?.$ref ?? "#") ? {} : value));
  const paths = {};
  for (const [method, path] of operations) {
    const operation = whole.paths[path]?.[method];
    if (!operation) throw new Error(`${file} describes no ${method} ${path}`);
    paths[base + path] = { ...paths[base + path], [method]: operation };
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
