// One address in front of Prism and a sandbox: what is published goes by Prism, all else straight on.

import { createServer, request as ask } from "node:http";
import { once } from "node:events";

/** Headers that are between two neighbors. */
const NEIGHBORLY = ["connection", "keep-alive", "transfer-encoding", "content-length", "host"];

/** What the REST descriptions do not have: the all-users report, the upload and its state, GraphQL. */
const UNPUBLISHED = /^\/(stafftools|enterprises\/[^/]+\/license-usage|graphql)/;

/** The list whose logins decide whether managed users are asked for. */
export const LIST = /\/consumed-licenses/;

/**
 * Puts Prism in front of both hosts of a site, and names the settings that lead there. `prefer` is what Prism is asked
 * for, or says so for a request; `heard` gets each published exchange. What is
 * `straight` goes by Prism as well.
 */
export async function throughPrism(site, prisms, options) {
  const [cloud, server] = await Promise.all(
    ["cloud", "server"].map((host) => gateway({ sandbox: site[host], prism: prisms[host], ...options })),
  );
  const settings = {
    "connect.api-url": cloud.address,
    "connect.uploads-url": cloud.address,
    "server.url": server.address,
  };
  const flags = Object.entries(settings).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
  return { cloud: cloud.address, server: server.address, flags, close: () => [cloud, server].forEach((it) => it.close()) };
}

async function gateway({ sandbox, prism, prefer, straight, heard = () => {} }) {
  const server = createServer(async (request, response) => {
    try {
      const sent = await whole(request);
      const isPublished = !UNPUBLISHED.test(request.url) && !straight?.test(request.url);
      const headers = passedOn(request.headers);
      // What GitHub's documentation has clients ask for, its description calls JSON, and of SCIM otherwise.
      if (headers.accept === "application/vnd.github+json") headers.accept = "application/json, application/scim+json";
      const wish = typeof prefer === "function" ? prefer(request) : prefer;
      if (wish) headers.prefer = wish;
      const answer = await forward(new URL(request.url, isPublished ? prism : sandbox), request.method, headers, sent);
      if (isPublished) heard({ method: request.method, url: request.url, answer });
      const back = passedOn(answer.headers);
      // The published example of a next page is of no list.
      if (/\/resource\?/.test(back.link)) delete back.link;
      // What leads on leads here.
      for (const name of ["link", "location"]) {
        if (back[name]) back[name] = back[name].replaceAll(/https?:\/\/[^/]+\//g, `http://${request.headers.host}/`);
      }
      response.writeHead(answer.status, { ...back, "content-length": answer.body.length }).end(answer.body);
    } catch (error) {
      heard({ method: request.method, url: request.url, error });
      response.destroy();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { address: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

function passedOn(headers) {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !NEIGHBORLY.includes(name)));
}

async function whole(stream) {
  const pieces = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function forward(url, method, headers, body) {
  if (body.length > 0) headers["content-length"] = body.length;
  const request = ask(url, { method, headers });
  request.end(body);
  const [answer] = await once(request, "response");
  return { status: answer.statusCode, headers: answer.headers, body: await whole(answer) };
}
