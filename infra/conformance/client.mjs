// A bank's client of the biller interface: Node 18 or later, nothing else. Copy what you need.
//
// As a program it reads a JSON array of calls from standard input and writes what came of them:
//   {"base_url", "partner_code", "signing_key", "method", "path", "body"?, "nonce"?, "timestamp"?}
//   {"status", "body", "answer_is_signed", "headers"}
// That is also what an adapter of your own must do to be run by `python -m infra.conformance`.
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { pathToFileURL } from 'node:url';

const WINDOW_SECONDS = 300;

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const hmac = (key, lines) => createHmac('sha256', key).update(lines.join('\n')).digest('hex');

const isSame = (expected, given) =>
  expected.length === given.length && timingSafeEqual(Buffer.from(expected), Buffer.from(given));

/** The four headers of a request. `path` begins with /biller, `body` is what is sent, or "". */
export function signRequest({ partner_code, signing_key, method, path, body, nonce, timestamp }) {
  const lines = ['ERRANDLESS-REQUEST-1', partner_code, method, path, timestamp, nonce, sha256(body)];
  return {
    'X-Biller-Partner': partner_code,
    'X-Biller-Timestamp': timestamp,
    'X-Biller-Nonce': nonce,
    'X-Biller-Signature': hmac(signing_key, lines),
  };
}

/** Whether the platform signed this answer to this request. What it did not sign proves nothing. */
export function isSignedAnswer({ partner_code, signing_key, status, body, sent, got }) {
  const timestamp = got.get('X-Biller-Timestamp') ?? '';
  const nonce = got.get('X-Biller-Nonce') ?? '';
  const lines = ['ERRANDLESS-ANSWER-1', partner_code, String(status), timestamp, nonce, sha256(body)];
  const age = Math.abs(Number(timestamp) - Number(sent['X-Biller-Timestamp']));
  return (
    nonce === sent['X-Biller-Nonce'] &&
    age <= 2 * WINDOW_SECONDS &&
    isSame(hmac(signing_key, lines), got.get('X-Biller-Signature') ?? '')
  );
}

export async function call(task) {
  const body = task.body === undefined || task.body === null ? '' : JSON.stringify(task.body);
  const headers = signRequest({
    ...task,
    body,
    nonce: task.nonce ?? randomBytes(16).toString('hex'),
    timestamp: String(task.timestamp ?? Math.floor(Date.now() / 1000)),
  });
  const answer = await fetch(task.base_url + task.path, {
    method: task.method,
    headers: body === '' ? headers : { ...headers, 'Content-Type': 'application/json' },
    body: body === '' ? undefined : body,
    redirect: 'error',
    signal: AbortSignal.timeout(30_000),
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  const proof = { ...task, status: answer.status, body: bytes, sent: headers, got: answer.headers };
  return {
    status: answer.status,
    body: JSON.parse(bytes.toString('utf8')),
    answer_is_signed: isSignedAnswer(proof),
    headers,
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  let text = '';
  for await (const piece of process.stdin) text += piece;
  const results = [];
  try {
    for (const task of JSON.parse(text)) results.push(await call(task));
    process.stdout.write(JSON.stringify(results));
  } catch (error) {
    process.stderr.write(`no readable answer: ${error.cause?.code ?? error.message}\n`);
    process.exitCode = 1;
  }
}
