// Does with npm vnpay (and Node's own crypto) what stdin asks for: a JSON array of tasks in, a JSON
// array of results out.
import { createHmac } from 'node:crypto';
import { VNPay, ignoreLogger } from 'vnpay';

const client = ({ tmnCode, secret, host = 'https://sandbox.vnpayment.vn', endpoints }) =>
  new VNPay({
    tmnCode,
    secureSecret: secret,
    vnpayHost: host,
    queryDrAndRefundHost: host,
    testMode: false,
    enableLog: false,
    loggerFn: ignoreLogger,
    ...(endpoints ? { endpoints } : {}),
  });

async function withFetch(standIn, work) {
  const real = globalThis.fetch;
  globalThis.fetch = standIn;
  try {
    return await work();
  } finally {
    globalThis.fetch = real;
  }
}

const tasks = {
  payUrl: (task) => client(task).buildPaymentUrl(task.data),

  // What a Java or JavaScript provider would send: sorted, empty values left out.
  sign({ params, secret }) {
    const query = new URLSearchParams();
    for (const name of Object.keys(params).sort()) {
      if (params[name] !== '') query.append(name, params[name]);
    }
    const signature = createHmac('sha512', secret).update(query.toString()).digest('hex');
    return { ...params, vnp_SecureHash: signature };
  },

  verifyIpn(task) {
    try {
      return client(task).verifyIpnCall(task.query).isVerified;
    } catch (error) {
      return `refused: ${error.message}`;
    }
  },

  async questionBody(task) {
    let sent;
    const standIn = async (_url, options) => {
      sent = JSON.parse(options.body);
      return new Response('{}', { status: 200 });
    };
    await withFetch(standIn, () => client(task).queryDr(task.data));
    return sent;
  },

  async readAnswer(task) {
    const standIn = async () => new Response(JSON.stringify(task.answer), { status: 200 });
    const read = await withFetch(standIn, () => client(task).queryDr(task.data));
    return { isVerified: read.isVerified, isSuccess: read.isSuccess };
  },

  async ask(task) {
    const read = await client(task).queryDr(task.data);
    return { ...read, message: undefined, vnp_Message: undefined };
  },
};

let text = '';
for await (const chunk of process.stdin) text += chunk;
const results = [];
for (const task of JSON.parse(text)) results.push(await tasks[task.do](task));
process.stdout.write(JSON.stringify(results));
