/**
 * A ClickHouse over HTTP for tests: the engine of npm's `chdb` in this process, behind the part of the HTTP interface
 * that @clickhouse/client uses. `node clickhouse-front.mjs FOLDER [PORT]` prints its URL; a kill takes everything with it
 * that a real server would lose.
 *
 * Requests are answered one after the other. Faults are asked for at `/faults?lose=N&refuse=N&cut=N`: of the next requests,
 * `refuse` are cut off before the engine sees them, then `lose` are executed and get no answer, then `cut` get half of it.
 * Source: clickhouse.com/docs/interfaces/http, read 2026-11-30.
 */
import { Buffer } from 'node:buffer';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import process from 'node:process';
import { URL } from 'node:url';

const [folder, port = '0'] = process.argv.slice(2);
const password = process.env['FRONT_PASSWORD'] ?? '';
const { Session } = createRequire(new URL('../fleet/package.json', import.meta.url))('chdb');
// Tens of threads for each query are of no use on a machine with two cores.
const session = new Session(folder, { connectionArgs: ['--max_threads=2'] });

/** Parameters of the URL that are not settings of the engine, or that only the HTTP server has. */
const NOT_SETTINGS = new Set([
  'query',
  'query_id',
  'database',
  'session_id',
  'default_format',
  'wait_end_of_query',
  'enable_http_compression',
  'send_progress_in_http_headers',
  'http_headers_progress_interval_ms',
]);

const faults = { refuse: 0, lose: 0, cut: 0 };
let requests = 0;
let last = Promise.resolve();

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    last = last
      .then(() => answer(request, response, Buffer.concat(chunks).toString()))
      .catch(() => response.destroy());
  });
  request.on('error', () => response.destroy());
});

async function answer(request, response, body) {
  const url = new URL(request.url, 'http://front');
  if (url.pathname === '/faults') {
    for (const name of Object.keys(faults)) faults[name] = Number(url.searchParams.get(name) ?? 0);
    response.end(JSON.stringify({ requests }));
    return;
  }
  requests += 1;
  if (take('refuse')) {
    response.destroy();
    return;
  }
  if (!isAllowed(request)) {
    send(response, 403, 'Code: 516. DB::Exception: default: Authentication failed. (AUTHENTICATION_FAILED)');
    return;
  }
  let status = 200;
  let text = 'Ok.\n';
  try {
    if (url.pathname !== '/ping') text = await run(url.searchParams, body);
  } catch (error) {
    status = 500;
    text = error.message;
  }
  if (take('lose')) response.destroy();
  else if (status === 200 && text.length > 1 && take('cut')) cutOff(response, text);
  else send(response, status, text);
}

function take(name) {
  if (faults[name] === 0) return false;
  faults[name] -= 1;
  return true;
}

function isAllowed(request) {
  const given = Buffer.from(String(request.headers.authorization ?? '').replace(/^Basic /, ''), 'base64');
  return password === '' || given.toString().endsWith(`:${password}`);
}

async function run(params, body) {
  const inUrl = params.get('query');
  const isInsert = inUrl !== null && body !== '';
  const database = params.get('database');
  const statement = withSettings(inUrl ?? body, params);
  const use = database === null ? '' : `USE \`${database}\`; `;
  const query = isInsert ? `${use}${statement}\n${body}` : use + statement;
  const values = Object.fromEntries(
    [...params]
      .filter(([name]) => name.startsWith('param_'))
      .map(([name, value]) => [name.slice(6), unescapeTsv(value)]),
  );
  const options = { format: params.get('default_format') ?? 'TabSeparated' };
  const result =
    Object.keys(values).length === 0
      ? await session.queryAsync(query, options)
      : await session.queryBindAsync(query, values, options);
  return result.bytes();
}

/** Values of parameters are escaped as in TabSeparated, and the engine's binding escapes them once more. */
function unescapeTsv(value) {
  const named = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', 0: '\0' };
  return value.replace(/\\(.)/gs, (_all, letter) => named[letter] ?? letter);
}

/** The statement with the settings of the URL in it, where it can have some. */
function withSettings(statement, params) {
  const settings = [...params]
    .filter(([name]) => !NOT_SETTINGS.has(name) && !name.startsWith('param_'))
    .map(([name, value]) => `${name} = ${/^\d+$/.test(value) ? value : `'${value.replaceAll("'", "''")}'`}`);
  if (settings.length === 0 || !/^\s*(?:INSERT|SELECT|WITH)\b/i.test(statement)) return statement;
  return statement.replace(/\s+FORMAT\s+\w+\s*$/, (format) => ` SETTINGS ${settings.join(', ')}${format}`);
}

function cutOff(response, text) {
  response.writeHead(200, { 'content-length': text.length });
  response.write(text.subarray(0, text.length >> 1), () => response.destroy());
}

function send(response, status, text) {
  const code = /^Code: (\d+)\./.exec(text.toString('latin1', 0, 40))?.[1];
  response.writeHead(status, status === 200 ? {} : { 'x-clickhouse-exception-code': code ?? '0' });
  response.end(text);
}

server.listen(Number(port), '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}\n`);
});
