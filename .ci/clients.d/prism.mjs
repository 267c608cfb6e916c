// Prism as a server of one published description: it generates responses, or validates what goes through it.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createLogger } from "@stoplight/prism-core";
import { getHttpOperationsFromSpec } from "@stoplight/prism-http";
import { createServer } from "@stoplight/prism-http-server";

const { configureExtensionsUserProvided } = createRequire(import.meta.url)("@stoplight/prism-cli/dist/extensions.js");

async function serve(file, config) {
  const description = JSON.parse(readFileSync(file, "utf8"));
  const server = createServer(await getHttpOperationsFromSpec(description), {
    cors: false,
    config: { checkSecurity: true, validateRequest: true, validateResponse: true, errors: true, ...config },
    components: { logger: createLogger("prism", { level: "silent" }) },
  });
  return server.listen(0, "127.0.0.1");
}

/** Answers with the published examples, or with a generated response when a request's `Prefer` asks for one. */
export function mock(file) {
  // The example of the consumed licenses is not of its own schema.
  return serve(file, { isProxy: false, errors: false, mock: { dynamic: false } });
}

/** Validates each request to `upstream`, and each response. */
export function proxy(file, upstream) {
  return serve(file, { isProxy: true, upstream: new URL(upstream), mock: { dynamic: false } });
}

/** From now on, generated responses have each member that is not required with this probability. */
export async function includeOptional(probability) {
  const always = probability === 1;
  const options = { alwaysFakeOptionals: always, optionalsProbability: probability, fixedProbabilities: false };
  await configureExtensionsUserProvided({ "x-json-schema-faker": options }, {});
}
