// Validates queries against GitHub's schema, sends them, and validates every answer; called by .ci/graphql.
//
//     node check.cjs SCHEMA DIRECTORY URL TOKEN_FILE
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const {
  buildSchema,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  parse,
  specifiedScalarTypes,
  validate,
} = require('graphql');

const [schemaFile, directory, url, tokenFile] = process.argv.slice(2);
const token = fs.readFileSync(tokenFile, 'utf8').trim();
// It defines two fields twice that are no matter of ours, which is an error otherwise.
const schema = buildSchema(fs.readFileSync(schemaFile, 'utf8'), { assumeValidSDL: true });

// What is wrong with a query.
function wrongQuery(text) {
  return validate(schema, parse(text)).map((error) => error.message);
}

// What is wrong with a value, by the type of its field and what was selected of it.
function wrongValue(type, set, value, at) {
  if (isNonNullType(type)) {
    return value === null ? [`${at} is null`] : wrongValue(type.ofType, set, value, at);
  }
  if (value === null) return [];
  if (isListType(type)) {
    if (!Array.isArray(value)) return [`${at} is no list`];
    return value.flatMap((item, index) => wrongValue(type.ofType, set, item, `${at}.${index}`));
  }
  if (isLeafType(type)) return isOfLeaf(type, value) ? [] : [`${at} is no ${type.name}`];
  return wrongObject(type, set, value, at);
}

function isOfLeaf(type, value) {
  if (isEnumType(type)) return type.getValue(value) !== undefined;
  if (type.name === 'DateTime') return typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value);
  if (!specifiedScalarTypes.some((scalar) => scalar.name === type.name)) return typeof value === 'string';
  // A number is no string in an answer.
  if (type.name === 'String' || type.name === 'ID') return typeof value === 'string';
  try {
    type.parseValue(value);
    return true;
  } catch {
    return false;
  }
}

function wrongObject(type, set, value, at) {
  if (typeof value !== 'object' || Array.isArray(value)) return [`${at} is no object`];
  const [wrong, expected] = [[], new Set()];
  const look = (on, selections) => {
    for (const item of selections) {
      if (item.kind === 'InlineFragment') {
        // An object that was asked for by its ID is of the type that was asked about.
        look(item.typeCondition ? schema.getType(item.typeCondition.name.value) : on, item.selectionSet.selections);
        continue;
      }
      const name = (item.alias ?? item.name).value;
      expected.add(name);
      const field = on.getFields()[item.name.value];
      wrong.push(
        ...(name in value
          ? wrongValue(field.type, item.selectionSet, value[name], `${at}.${name}`)
          : [`${at}.${name} is missing`]),
      );
    }
  };
  look(type, set.selections);
  wrong.push(...Object.keys(value).filter((name) => !expected.has(name)).map((name) => `${at}.${name} was not asked for`));
  return wrong;
}

function wrongAnswer(text, answer) {
  if (answer.errors) return [`the query was refused: ${JSON.stringify(answer.errors)}`];
  const [operation] = parse(text).definitions;
  return wrongObject(schema.getQueryType(), operation.selectionSet, answer.data, 'data');
}

async function ask(text, variables) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query: text, variables }),
  });
  if (response.status !== 200) throw new Error(`status ${response.status}`);
  return response.json();
}

// The first connection in an answer.
function connection(value) {
  if (value === null || typeof value !== 'object') return undefined;
  if (value.pageInfo) return value;
  return Object.values(value).map(connection).find(Boolean);
}

let failures = 0;

function report(what, wrong) {
  console.log(`${wrong.length === 0 ? 'fits' : 'WRONG'}: ${what}`);
  wrong.slice(0, 10).forEach((line) => console.log(`  ${line}`));
  failures += wrong.length;
}

async function pages(name, text, of) {
  const answers = [];
  for (let cursor = null; ; ) {
    const answer = await ask(text, { of, cursor });
    answers.push(answer);
    const page = connection(answer.data ?? null);
    if (!page?.pageInfo.hasNextPage) break;
    cursor = page.pageInfo.endCursor;
  }
  const nodes = answers.flatMap((answer) => connection(answer.data ?? null)?.nodes ?? []);
  const wrong = answers.flatMap((answer) => wrongAnswer(text, answer));
  report(`the answers to ${name}: pages ${answers.length}, nodes ${nodes.length}`, wrong);
  return { answers, nodes };
}

// The checks themselves must find what is wrong.
function breakOnPurpose(name, text, answer) {
  const broken = text.replace('hasNextPage', 'hasMorePages');
  const [without, other] = [structuredClone(answer), structuredClone(answer)];
  delete connection(without.data).pageInfo.endCursor;
  connection(other.data).pageInfo.hasNextPage = 'no';
  const missed = [
    wrongQuery(broken).length === 0 && 'a field that does not exist',
    wrongAnswer(text, without).length === 0 && 'a member that is missing',
    wrongAnswer(text, other).length === 0 && 'a member of another type',
  ];
  report(`${name}, broken on purpose, is found out`, missed.filter(Boolean));
}

async function main() {
  const queries = new Map();
  for (const file of fs.readdirSync(directory).sort()) {
    const text = fs.readFileSync(path.join(directory, file), 'utf8');
    queries.set(file, text);
    report(file, wrongQuery(text));
  }
  if (queries.size === 0) throw new Error(`no query in ${directory}`);
  const enterprise = 'octo-corp';
  const of = {
    'domains.graphql': () => enterprise,
    'identities.graphql': () => enterprise,
    'organizations.graphql': () => enterprise,
    'servers.graphql': () => enterprise,
    'organization-identities.graphql': (found) => found('organizations.graphql')[0].login,
    'server-accounts.graphql': (found) => found('servers.graphql')[0].id,
  };
  const read = new Map();
  for (const file of Object.keys(of)) {
    const text = queries.get(file);
    if (!text) throw new Error(`${file} is gone; adapt .ci/graphql-schema/check.cjs`);
    const { answers, nodes } = await pages(file, text, of[file]((other) => read.get(other)));
    read.set(file, nodes);
    if (connection(answers[0].data ?? null)) breakOnPurpose(file, text, answers[0]);
  }
  const unknown = [...queries.keys()].filter((file) => !(file in of));
  report('every query is sent', unknown);
  const empty = ['domains.graphql', 'identities.graphql', 'servers.graphql', 'server-accounts.graphql'];
  report('the answers hold something', empty.filter((file) => read.get(file).length === 0));
}

main().then(
  () => process.exit(failures === 0 ? 0 : 1),
  (error) => {
    console.error(`.ci/graphql: ${error.message}`);
    process.exit(1);
  },
);
